// Defects to put into the compiled program, one at a time: each must be caught by a test.

export type Mutation = {
  readonly name: string;
  /** In dist/. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
};

const inFile = (file: string, ...rows: readonly (readonly [name: string, from: string, to: string])[]): Mutation[] =>
  rows.map(([name, from, to]) => ({ name, file, from, to }));

export const mutations: readonly Mutation[] = [
  ...inFile(
    'vrrp/election/backup.js',
    [
      'ARP after the advertisement',
      ": [{ type: 'reconcile' }, { type: 'announce' }, advertise],",
      ": [{ type: 'reconcile' }, advertise, { type: 'announce' }],",
    ],
    ['the master’s interval is not learned', 'self.version === 3 ? event.interval : self.interval', 'self.interval'],
    [
      'a farewell is not followed by a quick takeover',
      'later(now, skewTime(self, state.masterInterval))',
      'state.deadline',
    ],
  ),
  ...inFile(
    'vrrp/election/parameters.js',
    ['skew time grows with the priority', '((256 - self.priority) *', '(self.priority *'],
    ['equal priorities are not decided', 'compareAddresses(peer.address, self.primaryAddress) > 0', 'false'],
    [
      'a router that is held back preempts',
      'preempt && (heldBack === undefined || priority === ownerPriority)',
      'preempt',
    ],
  ),
  ...inFile(
    'vrrp/election/router-state.js',
    ['a paused master goes on', '&& elapsed(lastSent, now) >= self.downAfter * self.interval;', '&& false;'],
    [
      'a leaving router gives its addresses up at once',
      "state.name === 'master' || state.name === 'leaving'",
      "state.name === 'master'",
    ],
  ),
  ...inFile(
    'vrrp/election/master.js',
    [
      'a master answers no lesser master',
      "if (event.priority === farewellPriority)\n                return [continueMaster(self, now), [advertise, { type: 'announce' }]];",
      '',
    ],
    ['a contest never ends', 'if (state.contest !== undefined && now >= state.contest.until)', 'if (false)'],
  ),
  ...inFile(
    'vrrp/election/sync-group.js',
    [
      'a group does not retreat',
      "give(name, { type: 'retreat', member: router, ...(isOfLink && { isOfLink }) });",
      ';',
    ],
    [
      'a joining member ends mastership',
      '({ state, joining }) => joining || isReady(state)',
      '({ state }) => isReady(state)',
    ],
  ),
  ...inFile('vrrp/election/standstill.js', [
    'no grace after a pause',
    'return milliseconds(Math.max(peersTime, Math.min(late, listening)));',
    'return milliseconds(0);',
  ]),
  ...inFile('vrrp/holdings/addresses.js', [
    'leases are not renewed with advertisements',
    'if (isDue && !isRenewing)',
    'if (false)',
  ]),
  ...inFile(
    'vrrp/holdings/desired.js',
    ['leases are renewed too seldom', 'const third = (lease * 1000) / 3;', 'const third = lease * 2000;'],
    ['addresses have no lease', "leaseOf(config) ?? 'forever'", "'forever'"],
  ),
  ...inFile('vrrp/host/give.js', [
    'a lost mastership keeps its periodic ARP',
    'return [{ ...ended, announcements: { due: [] } }, effects];',
    'return [ended, effects];',
  ]),
  ...inFile('vrrp/host/host.js', [
    'a changed priority does not reach the election',
    'self: parametersOf(router, host) }',
    '...{} }',
  ]),
  ...inFile(
    'vrrp/host/participation.js',
    [
      'standing aside ignores sync groups',
      'const aside = withGroups(host, routers);',
      'const aside = new Set(routers);',
    ],
    ['a router that stands aside starts', '|| host.aside.has(name))', '|| false)'],
  ),
  ...inFile(
    'vrrp/host/do-due.js',
    ['a handover without a successor is not cancelled', "=== 'leaving' && host.aside.has(name);", "=== 'none';"],
    [
      'routers take over before the masters advertise',
      'follow(give(last, others, now));',
      'follow(give(last, successions.splice(0), now)); follow(give(last, others, now));',
    ],
    [
      'the last router of a configuration takes over first',
      'follow(give(last, successions, now));',
      'follow(give(last, successions.toReversed(), now));',
    ],
  ),
  ...inFile(
    'vrrp/election/router-state.js',
    ['a master whose link returns never goes on', 'now < state.resumableUntil &&', 'false &&'],
    ['a master whose link was away for long goes on', '(self.downAfter - 1)', '(self.downAfter + 9)'],
  ),
  ...inFile('vrrp/host/step.js', [
    'a reloaded master does not advertise at once',
    'return [host, show(host, input.routers, now)];',
    'return [host, []];',
  ]),
  ...inFile('vrrp/announce/announcement.js', [
    'a takeover is announced once',
    '{ due: [later(now, repeatAfter)], last: now }',
    '{ due: [], last: now }',
  ]),
  ...inFile('vrrp/protocol/hearing.js', ['own packets are not dropped', 'if (ownSources.has(source))', 'if (false)']),
  ...inFile('vrrp/sockets.js', ['a link that is down does not detach', 'if (!link.up)', 'if (false)']),
  ...inFile('vrrp/clockwork.js', [
    'urgent timers are never urgent',
    'host?.isTakeover === true && host.at === next',
    'false',
  ]),
  ...inFile('vrrp/timer.js', ['an urgent timer is not accurate', 'isUrgent ? lastTurns : 0', '0']),
  ...inFile('controller/control/metrics.js', [
    'a leaving router is missing in its metric',
    "'master', 'leaving'",
    "'master'",
  ]),
  ...inFile(
    'controller/ipvs/service-judgement.js',
    [
      'a drained server takes connections',
      "standing.health === 'up' && !standing.drained;",
      "standing.health === 'up';",
    ],
    [
      'a drained server leaves only when it fails',
      'const { health, drained } = judged.standing;',
      'const { health } = judged.standing, drained = false;',
    ],
  ),
  ...inFile('controller/ipvs/desired.js', [
    'an unknown server is removed',
    'return actual?.weight ??',
    'return undefined ??',
  ]),
  ...inFile('base/rise-and-fall.js', [
    'a server is down after one failure',
    'contradictions >= (isSuccess ? rise : fall)',
    'contradictions >= 1',
  ]),
  ...inFile('kernel/netlink/request.js', ['a wider netlink window', 'windowSize = 64', 'windowSize = 6400']),
  ...inFile('controller/section.js', [
    'a section that failed to open is not tried again',
    'if (fault === undefined && isDeepStrictEqual(next[key], section))',
    'if (isDeepStrictEqual(next[key], section))',
  ]),
  ...inFile('controller/processes/vrrp-supervision.js', [
    'routers of a dead vrrp stay in the status',
    'handoff = undefined;\n        routers = [];',
    'handoff = undefined;',
  ]),
  ...inFile('controller/peers/peers.js', [
    'a command does not make peers pending',
    '{ ...peer, pending: true }',
    '{ ...peer }',
  ]),
  ...inFile('channel/connect.js', ['EMFILE is not tried again', "'EMFILE', ", '']),
  ...inFile(
    'vrrp/shell.js',
    ['a tracked item’s delay never ends', 'follow(tracking.settle());', ''],
    ['announcements that the rate held back never leave', 'announcer.flush();', ''],
  ),
  ...inFile('vrrp/performer.js', [
    'a former master goes on announcing',
    "changed !== undefined && to.name !== 'master'",
    'false',
  ]),
  ...inFile('vrrp/election/master.js', ['a restrained master stays', "self.restraint?.kind !== 'yield'", 'true']),
  ...inFile(
    'vrrp/election/backup.js',
    ['a restrained backup takes over', 'if (isRestrained(self, state, now))\n', 'if (false)\n'],
    ['a backup that is freed waits for ever', 'Math.min(free.deadline, later(', 'Math.max(free.deadline + 1e9, later('],
  ),
  ...inFile('vrrp/holdings/address-owners.js', [
    'an interface that was renamed keeps the address',
    '...leftOnRenamed(actual), ',
    '',
  ]),
  ...inFile('vrrp/holdings/desired.js', [
    'a lease ends before the next advertisement renews it',
    'lease * 1000 - router.advertisementInterval - renewalSlack',
    'Infinity',
  ]),
  ...inFile(
    'vrrp/performer.js',
    ['routes stay with a former master', "routing.shed(standings, 'transition');", ';'],
    ['a former master keeps its virtual MAC up', 'virtualMacs.lower(standings);', ''],
  ),
  ...inFile('base/kept-file.js', [
    'a record that the disk refused is not written again',
    'callOff = disk.after(retryEvery, () => write(wanted));',
    ';',
  ]),
  ...inFile('vrrp/election/backup.js', [
    'a preemption does not wait for its delay',
    'const preemptAt = state.preemptAt ?? later(now, delay);',
    'const preemptAt = now;',
  ]),
  ...inFile('vrrp/routers.js', [
    'a restraint that came while no process ran is forgotten',
    'if (current.host.restraints.has(name))',
    'if (false)',
  ]),
];
