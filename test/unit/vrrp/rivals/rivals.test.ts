// Two masters: what counts as evidence, what does not, when it begins and when it ends.

import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { type Instant, milliseconds } from '../../../../base/units.ts';
import { parseConfig } from '../../../../config/source/load.ts';
import { kernelError } from '../../../../kernel/system/error.ts';
import { ip } from '../../../../net/ip-address.ts';
import type { Self } from '../../../../vrrp/election/parameters.ts';
import { describeVrrpEvent } from '../../../../vrrp/event-text.ts';
import type { VrrpEventBody } from '../../../../vrrp/events.ts';
import { evidenceIn, type Sighting } from '../../../../vrrp/rivals/evidence.ts';
import { createLocator } from '../../../../vrrp/rivals/locating.ts';
import { isUnlocated } from '../../../../vrrp/rivals/rivalry.ts';
import {
  endWatch,
  nextSettling,
  noWatch,
  type RivalWatch,
  settleWatch,
  type Watched,
  watchAsMaster,
  watchSighting,
} from '../../../../vrrp/rivals/rivals.ts';

const parsed = parseConfig(
  `director: lb0
vrrp: { routers: [{ name: vip, interface: eth0, virtual_router_id: 51, priority: 150, addresses: [192.0.2.100] }] }
`,
  'test.yaml',
);
assert.ok(parsed.ok);
const [config] = parsed.config.vrrp.routers;
assert.ok(config !== undefined);

const second = milliseconds(1000);
const self: Self = {
  version: 3,
  priority: 150,
  interval: second,
  downAfter: 3,
  preempt: true,
  primaryAddress: ip('192.0.2.1'),
};
const known = [
  { interfaceIndex: 2, address: ip('192.0.2.2'), mac: '52:54:00:00:00:02' },
  { interfaceIndex: 3, address: ip('192.0.2.3'), mac: '52:54:00:00:00:02' },
];
const claim = { interface: 'eth0', interfaceIndex: 2, address: ip('192.0.2.100'), mac: '52:54:00:00:00:02' };

let neighbours = known;

describe('the watch for other masters', () => {
  let now = 0;
  let events: VrrpEventBody[] = [];
  let announced = 0;
  let probed = 0;
  let listings = 0;
  let asked: string[] = [];
  let watch: RivalWatch;
  let locate: ReturnType<typeof createLocator>;
  const watcher = { config, self };
  const wallAt = (): number => 1_800_000_000_000 + now;

  /** Keeps the watch, and counts what it has found. */
  const keep = ([after, findings]: Watched): void => {
    watch = after;
    for (const finding of findings) {
      if (finding.type === 'reannounce') announced += 1;
      else if (finding.type === 'probe') probed += 1;
      else events.push({ ...finding, router: 'vip' });
    }
  };
  const see = (sighting: Sighting): void => {
    const evidence = evidenceIn(watcher, watch, sighting, now as Instant);
    const found = evidence && isUnlocated(watch.rivalry, evidence) ? locate(evidence, 2) : undefined;
    keep(watchSighting(watcher, watch, { ...sighting, found }, now as Instant, wallAt()));
  };
  const hear = (priority = 100, source = ip('192.0.2.2')): void =>
    see({ type: 'heard', source, priority, interval: second });
  const claimed = (): void => see({ type: 'claimed', claim });
  const ruled = (): void => {
    watch = watchAsMaster(watch, now as Instant);
  };
  const yielded = (reason: string): void => keep(endWatch(watch, reason, now as Instant));
  const next = (): number | undefined => nextSettling(watch);
  beforeEach(() => {
    now = 0;
    events = [];
    [announced, probed, listings] = [0, 0, 0];
    asked = [];
    neighbours = [...known];
    watch = noWatch;
    locate = createLocator({
      clock: () => now as Instant,
      neighbours: () => {
        listings += 1;
        return neighbours;
      },
      askNeighbour: (address) => void asked.push(address),
    });
    ruled();
    now = 10_000;
  });
  const splits = () => events.flatMap((event) => (event.type === 'split-brain' ? [event] : []));
  const phases = (): string[] => splits().map(({ phase }) => phase);
  /** Lets time pass as the timer of the routers does. */
  const pass = (until: number): void => {
    for (let due = next(); due !== undefined && due <= until; due = next()) {
      now = due;
      keep(settleWatch(watch, now as Instant));
    }
    now = until;
  };

  it('sees a lesser master, where it is and what it says, once', () => {
    hear();
    hear();
    assert.deepEqual(phases(), ['begun']);
    assert.deepEqual(splits()[0]?.rivals, [
      {
        interface: 'eth0',
        source: ip('192.0.2.2'),
        priority: 100,
        mac: '52:54:00:00:00:02',
        firstSeen: 1_800_000_010_000,
        lastSeen: 1_800_000_010_000,
        count: 1,
      },
    ]);
    assert.equal(watch.rivalry.get(ip('192.0.2.2'))?.count, 2);
    assert.deepEqual([announced, watch.splitBrains], [1, 1]);
    assert.deepEqual(describeVrrpEvent(events[0] as VrrpEventBody), [
      'warn',
      "split brain: 192.0.2.2 (priority 100, at 52:54:00:00:00:02 on eth0) advertises as master too; this router's addresses are announced again",
    ]);
  });

  it('ends when the other one is silent for a master down interval, and announces again', () => {
    hear();
    now = 11_000;
    hear();
    pass(14_990);
    assert.deepEqual(phases(), ['begun']);
    pass(15_000);
    assert.deepEqual(phases(), ['begun', 'ended']);
    assert.match(splits()[1]?.text ?? '', /no other master is seen any more, after 4.996 s; the addresses/);
    assert.equal(announced, 2);
    assert.equal(next(), undefined);
  });

  const drop = (reason: 'owner' | 'ttl' | 'authentication-missing', priority = 100): void =>
    see({ type: 'dropped', source: ip('192.0.2.2'), priority, reason });

  const rows: readonly (readonly [string, () => void, readonly string[]])[] = [
    ['does not count what outranks the router: it yields', () => hear(200), []],
    ['does not count an equal one of higher address: it yields', () => hear(150, ip('192.0.2.2')), []],
    ['counts an equal one of lower address', () => hear(150, ip('192.0.2.0')), ['begun']],
    ['counts a farewell, which only a master says, and is done with it', () => hear(0), ['begun', 'ended']],
    [
      'ends with the farewell of the one that was seen',
      () => {
        hear();
        hear(0);
      },
      ['begun', 'ended'],
    ],
    [
      'goes on while another one is seen',
      () => {
        hear();
        hear(90, ip('192.0.2.3'));
        hear(0);
      },
      ['begun', 'widened'],
    ],
    [
      'ends when the router yields',
      () => {
        hear();
        yielded('fault');
      },
      ['begun', 'ended'],
    ],
    ['is not told of an advertisement without trailer twice', () => drop('authentication-missing'), ['begun']],
    ['counts what an owner drops', () => drop('owner'), ['begun']],
    ['does not count what crossed a router', () => drop('ttl'), []],
    ['does not count a dropped farewell', () => drop('owner', 0), []],
  ];
  for (const [name, act, expected] of rows)
    it(name, () => {
      act();
      assert.deepEqual(phases(), expected);
    });

  it('bears with the one that was just replaced for an interval and a moment', () => {
    ruled();
    now = 11_100;
    hear();
    claimed();
    now = 12_300;
    claimed();
    assert.deepEqual(phases(), []);
    now = 11_101;
    hear();
    assert.deepEqual(phases(), ['begun']);
  });

  it('counts nothing while the router is no master', () => {
    yielded('fault');
    hear();
    claimed();
    drop('owner');
    assert.deepEqual(phases(), []);
  });

  it('asks where an advertisement comes from, and knows it by the next', () => {
    neighbours = [];
    hear();
    neighbours = known;
    now += 100;
    hear();
    assert.deepEqual(asked, [ip('192.0.2.2')]);
    assert.equal(watch.rivalry.get(ip('192.0.2.2'))?.mac, '52:54:00:00:00:02');
  });

  it('lists the neighbours once for all that is seen in 100 ms', () => {
    for (let host = 10; host < 20; host += 1) hear(100, ip(`192.0.2.${host}`));
    now += 99;
    hear(100, ip('192.0.2.20'));
    assert.deepEqual([watch.rivalry.size, listings], [11, 1]);
    now += 1;
    hear(100, ip('192.0.2.21'));
    assert.equal(listings, 2);
  });

  it('does not count a claim that is not repeated: a peer that preempts announces before it advertises', () => {
    claimed();
    now = 11_099;
    claimed();
    assert.deepEqual([phases(), watch.probeAt], [[], 11_100]);
    yielded('outranked');
    assert.deepEqual([next(), watch.suspicions.size], [undefined, 0]);
  });

  const claimTwice = (): void => {
    claimed();
    pass(11_100);
    claimed();
  };

  it('forgets a claim that nobody repeats', () => {
    claimed();
    pass(60_000);
    assert.deepEqual([phases(), watch.suspicions.size, next()], [[], 0, undefined]);
  });

  it('names who else is at the MAC of a claim, on that link', () => {
    claimTwice();
    assert.equal(splits()[0]?.text, '192.0.2.100 is also at 52:54:00:00:00:02, where 192.0.2.2 is, on eth0');
  });

  it('asks for a claimed address until nobody answers', () => {
    claimTwice();
    assert.deepEqual([phases(), probed], [['begun'], 1]);
    pass(13_100);
    assert.equal(probed, 2);
    claimed();
    pass(20_099);
    assert.deepEqual(phases(), ['begun']);
    pass(20_100);
    assert.deepEqual(phases(), ['begun', 'ended']);
    const questions = probed;
    pass(60_000);
    assert.equal(probed, questions, 'nobody is asked any more');
  });

  it('announces against claims ever more rarely', () => {
    claimTwice();
    const first = announced;
    for (let count = 2; count <= 1024; count += 1) claimed();
    assert.equal(announced - first, 10);
  });

  it('asks the kernel for few pretended sources, and bears its refusal', () => {
    const refuse = (): never => {
      asked.push('refused');
      throw kernelError('ask the neighbour', constants.errno.ENOBUFS);
    };
    locate = createLocator({ clock: () => now as Instant, neighbours: refuse, askNeighbour: refuse });
    for (let host = 0; host < 2000; host += 1) {
      now += 1;
      locate({ interface: 'eth0', source: ip(`10.9.${host >> 8}.${host & 255}`) }, 2);
    }
    // The list every tenth of a second; of the questions 16 at once and one a second.
    assert.ok(asked.length >= 30 && asked.length <= 21 + 16 + 3, `${asked.length} requests`);
  });

  it('remembers no more rivals than sixteen', () => {
    for (let host = 10; host < 100; host += 1) hear(100, ip(`192.0.2.${host}`));
    assert.equal(watch.rivalry.size, 16);
  });

  const pretender = (host: number) => ip(`10.${host >> 16}.${(host >> 8) & 255}.${host & 255}`);
  for (const [name, priority] of [
    ['masters', 100],
    ['farewells', 0],
  ] as const)
    it(`reports a few of the ${name} of ten thousand pretended sources, and announces as rarely`, () => {
      for (let host = 0; host < 10_000; host += 1) {
        pass(10_000 + host * 10);
        hear(priority, pretender(host));
      }
      // Eight at once, and one every two seconds in a hundred; each begin has its end.
      assert.ok(events.length >= 50 && events.length <= 2 * (8 + 50), `${events.length} events`);
      assert.ok(announced <= events.length + 1, `${announced} announcements`);
      pass(200_000);
      const count = (one: string): number => phases().filter((phase) => phase === one).length;
      assert.equal(count('begun'), count('ended'));
      assert.equal(watch.rivalry.size, 0);
      hear();
      assert.equal(phases().at(-1), 'begun');
    });
  it('reports a master that appears in a flood of farewells, once there is room', () => {
    for (let host = 0; host < 100; host += 1) {
      pass(10_000 + host);
      hear(0, pretender(host));
    }
    const before = phases().length;
    hear();
    assert.equal(phases().length, before);
    pass(13_000);
    hear();
    assert.deepEqual(phases().slice(before), ['begun']);
    pass(14_000);
    hear();
    assert.equal(phases().length, before + 1);
  });
  it('announces against claims by pretended MACs as rarely', () => {
    for (let host = 0; host < 1000; host += 1) {
      const mac = `52:54:00:00:${(host >> 8).toString(16).padStart(2, '0')}:${(host & 255).toString(16).padStart(2, '0')}`;
      for (const at of [0, 1200]) {
        pass(10_000 + host * 1300 + at);
        see({ type: 'claimed', claim: { ...claim, mac } });
      }
    }
    assert.ok(announced > 0 && announced <= 2 * (8 + 1300 / 2), `${announced} announcements`);
  });
});
