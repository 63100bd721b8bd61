// The unit on a kernel that has IPVS: what becomes of address and table at each start, reload, restart, crash and stop.

import assert from 'node:assert/strict';
import { type BareDebian, bootDebian, treeWithRegent, until } from '../packages/bare-debian.ts';
import {
  configure,
  hasAddress,
  isReplaced,
  layNetwork,
  mainPid,
  pidOf,
  rules,
  serve,
  vip,
  watchRemovals,
} from '../packages/installed-director.ts';

/** For what takes a second where no machine is emulated. */
const patience = 60_000;
/** There a start of two processes takes longer than the unit and vrrp would wait. */
const unhurried = '[Service]\nTimeoutStartSec=5min\nWatchdogSec=2min\n';
const hold = '2m';
const foreign = '192.168.77.1:80';

describe('regent.service', function () {
  this.timeout(3 * patience);
  let debian: BareDebian;
  let removals: () => number;

  /** As ipvsadm shows the service of the configuration and its server. */
  const table = (): string[] =>
    debian
      .inNetwork('ipvsadm', '-L', '-n')
      .split('\n')
      .filter((line) => line.includes(`${vip}:80`) || line.includes('192.168.66.111:80'))
      .map((line) => line.trim().split(/ +/).slice(0, 4).join(' '));
  const expected = (weight: number): string[] => [`TCP ${vip}:80 wrr`, `-> 192.168.66.111:80 Masq ${weight}`];
  /** How many connections the kernel has counted for the service: a service that was made anew begins at 0. */
  const counted = (): number =>
    Number(/^TCP +\S+ +(\d+)/m.exec(debian.inNetwork('ipvsadm', '-L', '-n', '--stats', '-t', `${vip}:80`))?.[1]);

  const isUp = (): boolean => debian.run('systemctl is-active regent').out === 'active\n';
  /** Address and table are as they were, and were never away meanwhile. */
  const kept = (before: { readonly removals: number; readonly counted: number }): void => {
    assert.ok(hasAddress(debian));
    assert.deepEqual(table(), expected(2));
    assert.equal(removals(), before.removals);
    // The kernel sums its counters up with a delay; those of a service that was made anew begin at 0.
    assert.ok(counted() >= before.counted, `${counted()} connections counted, ${before.counted} before`);
  };

  before(async () => {
    debian = await bootDebian(treeWithRegent, 3 * patience);
    layNetwork(debian);
    debian.must('ip netns add client && ip link set peer netns client && ip -n client link set peer up');
    debian.must('ip -n client address add 192.168.55.200/24 dev peer');
    configure(debian, { hold });
    debian.must('mkdir --parents /run/systemd/system/regent.service.d');
    debian.write('/run/systemd/system/regent.service.d/unhurried.conf', unhurried);
    debian.must('systemctl daemon-reload');
    serve(debian, '/usr/bin/node');
    debian.inNetwork('ipvsadm', '-A', '-t', foreign, '-s', 'rr');
  });
  after(function () {
    if (this.test?.parent?.tests.some(({ state }) => state === 'failed'))
      console.error(debian.run('systemctl status --no-pager --full regent; journalctl --no-pager --lines 80').out);
    debian.end();
  });

  it('has address and table once it is started', async () => {
    debian.must('systemctl start regent');
    removals = watchRemovals(debian);
    await rules(debian, patience);
    assert.deepEqual(table(), expected(1));
    const connect = `ip netns exec client timeout 5 bash -c ': </dev/tcp/${vip}/80'`;
    const isScheduled = (): boolean => {
      debian.run(connect);
      return counted() > 0;
    };
    await until('a connection is scheduled', isScheduled, patience);
  });

  it('schedules vrrp in real time, and keeps its program in memory', () => {
    const vrrp = pidOf(debian, 'vrrp');
    const policies = debian.must(`for task in /proc/${vrrp}/task/*; do chrt --pid "\${task##*/}"; done`);
    for (const [, policy] of policies.matchAll(/policy: (\S+)/g)) assert.equal(policy, 'SCHED_RR');
    assert.doesNotMatch(policies, /priority: (?!50$)/m);
    const locked = Number(/^VmLck:\s*(\d+)/m.exec(debian.must(`cat /proc/${vrrp}/status`))?.[1]);
    assert.ok(locked > 40_000, `${locked} kB`);
    assert.equal(debian.must(`cat /proc/${vrrp}/oom_score_adj`), '-900\n');
  });

  it('keeps both through a reload that changes a weight', async () => {
    const before = { removals: removals(), counted: counted() };
    configure(debian, { hold, weight: 2 });
    debian.must('systemctl reload regent');
    await until('the weight is another', () => table()[1] === expected(2)[1], patience);
    kept(before);
  });

  it('keeps both through a restart', () => {
    const before = { removals: removals(), counted: counted() };
    const [main, vrrp] = [mainPid(debian), pidOf(debian, 'vrrp')];
    debian.must('systemctl restart regent');
    assert.notEqual(mainPid(debian), main);
    assert.equal(pidOf(debian, 'vrrp'), vrrp);
    kept(before);
  });

  it('keeps both when the controller is killed', async () => {
    const before = { removals: removals(), counted: counted() };
    const [main, vrrp] = [mainPid(debian), pidOf(debian, 'vrrp')];
    debian.must(`kill -KILL ${main}`);
    await until('another one is ready', () => ![0, main].includes(mainPid(debian)) && isUp(), patience);
    assert.equal(pidOf(debian, 'vrrp'), vrrp);
    kept(before);
  });

  it('keeps both when healthcheck is killed', async () => {
    const before = { removals: removals(), counted: counted() };
    const probes = pidOf(debian, 'healthcheck');
    debian.must(`kill -KILL ${probes}`);
    await until('there is another one', () => isReplaced(debian, 'healthcheck', probes), patience);
    kept(before);
  });

  it('gives the address away when vrrp is killed, and takes it back; the table stays', async () => {
    const before = { removals: removals(), counted: counted() };
    const vrrp = pidOf(debian, 'vrrp');
    debian.must(`kill -KILL ${vrrp}`);
    await until('the address has gone', () => removals() > before.removals, patience);
    await until('another one holds it', () => isReplaced(debian, 'vrrp', vrrp) && hasAddress(debian), patience);
    kept({ ...before, removals: before.removals + 1 });
  });

  it('takes both away when it is stopped, and nothing that is of others', async () => {
    const before = removals();
    debian.must('systemctl stop regent');
    assert.ok(!hasAddress(debian));
    await until('the address has gone', () => removals() === before + 1, patience);
    assert.deepEqual(table(), []);
    assert.match(debian.inNetwork('ipvsadm', '-L', '-n'), new RegExp(`^TCP +${foreign} rr`, 'm'));
    assert.equal(debian.run('pgrep --count --full /usr/lib/regent/dist').out, '0\n');
  });
});
