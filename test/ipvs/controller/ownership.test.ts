// What becomes of entries that a configuration no longer names, of regent's that other programs change, and of strangers.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../netns/namespaces.ts';
import { configOf, service, services, useTables } from './in-process-table.ts';

describe('a configured service, beside earlier entries and other programs', () => {
  const { run, apply, listing } = useTables('ownership');

  it('drains what the configuration names no more, and then lets it go', () => {
    const both = `${service('address: 10.0.0.1:80')}${service('address: 10.0.0.2:80', undefined, 'other')}`;
    const applied = apply(services(both));
    applied.configure(configOf(services(service('address: 10.0.0.1:80', 'address: 10.1.0.2:80'))));
    applied.reconcile();
    assert.deepEqual(listing().sort(), [
      '-> 10.1.0.1:80 Masq 0 0 0',
      '-> 10.1.0.1:80 Masq 0 0 0',
      '-> 10.1.0.2:80 Masq 1 0 0',
      'TCP 10.0.0.1:80 wrr',
      'TCP 10.0.0.2:80 wrr',
    ]);
    applied.reconcile();
    assert.deepEqual(listing().sort(), ['-> 10.1.0.2:80 Masq 1 0 0', 'TCP 10.0.0.1:80 wrr']);
    assert.ok(applied.log.some((line) => /tcp 10\.0\.0\.2:80 -> 10\.1\.0\.1:80 removed [^:]*: it is idle/.test(line)));
    // An entry that is made again now is a stranger.
    run('ipvsadm', '-A', '-t', '10.0.0.2:80', '-s', 'rr');
    applied.reconcile();
    applied.reconcile();
    assert.ok(listing().includes('TCP 10.0.0.2:80 rr'));
    run('ipvsadm', '-D', '-t', '10.0.0.2:80');
  });

  it('is taken where the disk refuses its ownership, which is recorded once the disk lets it', async () => {
    const state = mkdtempSync(join(tmpdir(), 'regent-table-'));
    const record = (): string => readFileSync(join(state, 'ipvs.json'), 'utf8');
    const table = apply(services(service('address: 10.0.0.1:80')), state);
    const before = record();
    // A folder in the place of the file that would replace the old one.
    const obstacle = join(state, `ipvs.json.${process.pid}.tmp`);
    mkdirSync(obstacle);
    table.configure(configOf(services(service('address: 10.0.0.2:80', 'address: 10.1.0.2:80'))));
    for (let turn = 0; turn < 3; turn += 1) table.reconcile();
    assert.deepEqual(listing().sort(), ['-> 10.1.0.2:80 Masq 1 0 0', 'TCP 10.0.0.2:80 wrr']);
    assert.equal(record(), before);
    rmdirSync(obstacle);
    await until('the ownership is recorded', () => record().includes('10.0.0.2:80'), 30_000);
  });

  it('drains what a crash has left and the configuration names no more', () => {
    const state = mkdtempSync(join(tmpdir(), 'regent-table-'));
    apply(services(service('address: 10.0.0.1:80')), state);
    const table = apply(services(service('address: 10.0.0.1:80', 'address: 10.1.0.2:80')), state);
    assert.ok(listing().includes('-> 10.1.0.1:80 Masq 0 0 0'));
    table.reconcile();
    assert.deepEqual(listing().sort(), ['-> 10.1.0.2:80 Masq 1 0 0', 'TCP 10.0.0.1:80 wrr']);
  });

  it('says who was there, who was changed by another program, and who is a stranger', () => {
    const applied = apply(services(service('address: 10.0.0.1:80')));
    run('ipvsadm', '-d', '-t', '10.0.0.1:80', '-r', '10.1.0.1:80');
    applied.reconcile();
    run('ipvsadm', '-e', '-t', '10.0.0.1:80', '-r', '10.1.0.1:80', '-m', '-w', '9');
    run('ipvsadm', '-a', '-t', '10.0.0.1:80', '-r', '10.1.0.9:80', '-m');
    applied.reconcile();
    applied.reconcile();
    const warnings = applied.log.filter((line) => line.startsWith('warn'));
    assert.deepEqual(warnings, [
      'warn rs0 tcp 10.0.0.1:80 -> 10.1.0.1:80 added with weight 1: another program had removed it',
      'warn - tcp 10.0.0.1:80 -> 10.1.0.9:80 is not in the configuration: it stays, without health checks',
      'warn rs0 tcp 10.0.0.1:80 -> 10.1.0.1:80 weight 9 -> 1: another program had changed it',
    ]);
    assert.deepEqual(listing().sort(), [
      '-> 10.1.0.1:80 Masq 1 0 0',
      '-> 10.1.0.9:80 Masq 1 0 0',
      'TCP 10.0.0.1:80 wrr',
    ]);
  });

  const web = 'address: 10.0.0.1:80, scheduler: mh, scheduler_flags: [port], persistence: {}, max_connections: 9';
  const rs0 = '10.0.0.1:80 -> 10.1.0.1:80';
  for (const [what, commands, ...warnings] of [
    [
      'removes the service',
      ['-D -t 10.0.0.1:80'],
      'service tcp 10.0.0.1:80 added (mh): another program had removed it',
    ],
    ['removes everything', ['-C'], 'service tcp 10.0.0.1:80 added (mh): another program had removed it'],
    [
      'changes the scheduler',
      ['-E -t 10.0.0.1:80 -s rr -p 300'],
      'service tcp 10.0.0.1:80 scheduler rr -> mh, scheduler flags none -> port: another program had changed it',
    ],
    [
      'changes the persistence',
      ['-E -t 10.0.0.1:80 -s mh -b mh-port -p 17'],
      'service tcp 10.0.0.1:80 persistence 17 s /32 -> 300 s /32: another program had changed it',
    ],
    [
      'changes the flags',
      ['-E -t 10.0.0.1:80 -s mh -b mh-fallback -p 300'],
      'service tcp 10.0.0.1:80 scheduler flags fallback -> port: another program had changed it',
    ],
    [
      'removes a server',
      ['-d -t 10.0.0.1:80 -r 10.1.0.1:80'],
      `tcp ${rs0} added with weight 1: another program had removed it`,
    ],
    [
      'changes a weight',
      ['-e -t 10.0.0.1:80 -r 10.1.0.1:80 -m -w 0 -x 9'],
      `tcp ${rs0} weight 0 -> 1: another program had changed it`,
    ],
    [
      'changes the way of forwarding',
      ['-e -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 1 -x 9'],
      `tcp ${rs0} forwarding direct -> masq: another program had changed it`,
    ],
    [
      'changes a limit',
      ['-e -t 10.0.0.1:80 -r 10.1.0.1:80 -m -w 1 -x 8'],
      `tcp ${rs0} most connections 8 -> 9: another program had changed it`,
    ],
  ] as [string, string[], ...string[]][])
    it(`is put right in one turn, and said, when somebody else ${what}`, () => {
      const applied = apply(services(service(web)));
      const before = [listing().sort(), listing('--thresholds').sort()];
      for (const command of commands) run('ipvsadm', ...command.split(' '));
      assert.notDeepEqual([listing().sort(), listing('--thresholds').sort()], before);
      applied.reconcile();
      assert.deepEqual([listing().sort(), listing('--thresholds').sort()], before);
      const said = applied.log.filter((line) => line.startsWith('warn')).map((line) => line.replace(/^warn \S+ /, ''));
      for (const warning of warnings) assert.ok(said.includes(warning), said.join('\n'));
    });

  it('is put right within ten seconds, where somebody else changes what the listing lacks', async () => {
    const applied = apply(services(service('address: 10.0.0.1:80, scheduler: mh')));
    const passes = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index += 1) await applied.pass();
    };
    await passes(25);
    const before = listing('--thresholds');
    run('ipvsadm', '-e', '-t', '10.0.0.1:80', '-r', '10.1.0.1:80', '-m', '-w', '1', '-x', '8');
    assert.notDeepEqual(listing('--thresholds'), before);
    await passes(20);
    assert.deepEqual(listing('--thresholds'), before);
    const written = applied.writes();
    await passes(25);
    assert.equal(applied.writes(), written);
  });

  it('is left alone beside what somebody else adds', async () => {
    const applied = apply(services(service('address: 10.0.0.1:80')));
    run('ipvsadm', '-A', '-u', '10.0.0.1:80', '-s', 'rr');
    run('ipvsadm', '-a', '-u', '10.0.0.1:80', '-r', '10.1.0.1:80', '-m');
    run('ipvsadm', '-a', '-t', '10.0.0.1:80', '-r', '10.1.0.9:80', '-m', '-w', '5');
    const before = listing();
    const written = applied.writes();
    applied.reconcile();
    assert.deepEqual([listing(), applied.writes()], [before, written]);
    await applied.clear();
    assert.deepEqual(listing(), ['UDP 10.0.0.1:80 rr', '-> 10.1.0.1:80 Masq 1 0 0']);
    run('ipvsadm', '-D', '-u', '10.0.0.1:80');
  });
});
