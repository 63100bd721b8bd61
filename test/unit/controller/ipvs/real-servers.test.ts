// What is known of the real servers: what is logged of the prober's messages, and what is said of each server.

import assert from 'node:assert/strict';
import sinon from 'sinon';
import { milliseconds } from '../../../../base/units.ts';
import { parseConfig } from '../../../../config/source/load.ts';
import { readRealServers } from '../../../../controller/ipvs/real-servers.ts';
import { openTargetStandings } from '../../../../controller/ipvs/target-standings.ts';
import { openTargetVerdicts } from '../../../../controller/ipvs/target-verdicts.ts';

const text = `
director: d
vrrp: { routers: [] }
virtual_services:
  - name: s
    address: 10.0.0.1:80
    checks: [{ type: tcp }, { type: script, command: [/bin/true], weight_from_output: true }]
    real_servers: [{ name: rs0, address: 10.0.1.1:80 }]
`;

/** A second service with the same server and checks. */
const twice = `${text}
${text.slice(text.indexOf('  - name: s')).replace('name: s', 'name: t').replace('10.0.0.1:80', '10.0.0.2:80')}`;

const rig = (given = text) => {
  const result = parseConfig(given, 'f');
  assert.ok(result.ok);
  const { config } = result;
  const [service] = config.virtualServices;
  const [server] = service?.realServers ?? [];
  assert.ok(service && server);
  const lines: string[] = [];
  const commands = new Map();
  let changed = 0;
  const standings = openTargetStandings(config);
  const known = openTargetVerdicts(
    standings.known,
    (level, { subject = '-' }, message) => lines.push(`${level} ${subject} ${message}`),
    () => {
      changed += 1;
    },
  );
  const { standingOf, observationOf } = readRealServers(standings.known, () => commands);
  const [tcp = '', script = ''] = standings.known.plan.targets.map(({ id }) => id);
  const tell = (target: string, health: 'up' | 'down', weight?: number): boolean => {
    const before = changed;
    known.take({
      type: 'verdict',
      target,
      health,
      reason: `it is ${health}`,
      latency: milliseconds(1),
      ...(weight !== undefined && { weight }),
    });
    return changed > before;
  };
  return {
    known,
    lines,
    tcp,
    script,
    tell,
    commands,
    standing: () => standingOf(service, server),
    observation: () => observationOf(service, server),
  };
};

describe('what is known of the real servers', () => {
  it('has the latest probe of each check, the failed one first, and no error of an earlier one', () => {
    const { known, tcp, script, observation } = rig();
    const probed = (target: string, latency: number, error?: string, certificateExpires?: number): void => {
      const found = { ...(error !== undefined && { error }), ...(certificateExpires && { certificateExpires }) };
      const result = { target, ok: error === undefined, latency: milliseconds(latency), ...found };
      known.take({ type: 'probes', results: [result], lateness: milliseconds(0) });
    };
    assert.equal(observation().probe, undefined);
    probed('10.9.9.9:80/tcp/none', 9);
    assert.equal(observation().probe, undefined);
    probed(tcp, 1, undefined, 5);
    probed(script, 2, 'exit status 1');
    const plain = { error: undefined, certificateExpires: undefined };
    assert.deepEqual(observation().probe, { ...plain, ok: false, latency: 2, error: 'exit status 1' });
    probed(script, 3);
    assert.deepEqual(observation().probe, { ...plain, ok: true, latency: 1, certificateExpires: 5 });
    probed(tcp, 4, 'connection refused');
    assert.deepEqual(observation().probe, { ...plain, ok: false, latency: 4, error: 'connection refused' });
  });

  it('makes a server up when all its checks are, with the weight that one of them gives', () => {
    const { tcp, script, tell, lines, standing } = rig();
    assert.equal(standing().health, 'unknown');
    assert.equal(tell(tcp, 'up'), true);
    assert.equal(standing().health, 'unknown');
    assert.equal(tell(script, 'up', 7), true);
    assert.deepEqual(standing(), { health: 'up', drained: false, checkedWeight: 7 });
    assert.deepEqual(lines, [
      'info rs0 unknown -> up: it is up; it takes connections',
      'info rs0 unknown -> up: it is up; it takes connections',
      'info rs0 weight as configured -> 7, set by its check',
    ]);
  });

  it('names a server of two services once', () => {
    const { tcp, tell, lines } = rig(twice);
    tell(tcp, 'up');
    assert.deepEqual(lines, ['info rs0 unknown -> up: it is up; it takes connections']);
  });

  it('tells of a verdict once, and of a weight that changed alone', () => {
    const { script, tell, lines } = rig();
    tell(script, 'up', 7);
    assert.equal(tell(script, 'up', 7), false);
    assert.equal(tell(script, 'up', 8), true);
    assert.equal(lines.length, 3);
  });

  it('dates a verdict by the change of health, not by a new weight', () => {
    const clock = sinon.useFakeTimers({ toFake: ['Date'], now: 1000 });
    try {
      const { tcp, script, tell, observation } = rig();
      tell(tcp, 'up');
      tell(script, 'up', 7);
      clock.tick(5000);
      tell(tcp, 'up', 8);
      assert.equal(observation().since, 1000);
      tell(tcp, 'down');
      assert.equal(observation().since, 6000);
    } finally {
      clock.restore();
    }
  });

  it('shows of several latest probes the one that failed', () => {
    const { known, tcp, script, observation } = rig();
    const results = [
      { target: tcp, ok: true, latency: milliseconds(1) },
      { target: script, ok: false, latency: milliseconds(2), error: 'exit status 1' },
      { target: 'of an earlier configuration', ok: false, latency: milliseconds(3) },
    ];
    known.take({ type: 'probes', results, lateness: milliseconds(0) });
    assert.equal(observation().probe?.error, 'exit status 1');
  });

  it('joins what operators commanded', () => {
    const { commands, standing, tcp, script, tell } = rig();
    tell(tcp, 'up');
    tell(script, 'up');
    commands.set('rs0', { server: 'rs0', drained: true, weight: 5, revision: 1, by: 'd', at: 0 });
    assert.deepEqual(standing(), { health: 'up', drained: true, commandedWeight: 5 });
  });

  it('logs warnings and faults of this host, and passes over targets of an earlier configuration', () => {
    const { known, lines, tcp, tell } = rig();
    known.take({ type: 'warning', target: tcp, text: 'certificate expires in 3 days' });
    known.take({ type: 'local-fault', why: 'EMFILE', targets: 12 });
    known.take({ type: 'local-fault', why: 'EMFILE', targets: 0 });
    assert.equal(tell('of an earlier configuration', 'down'), false);
    known.take({ type: 'warning', target: tcp, text: 'certificate expires in 3 days' });
    known.take({ type: 'warning', target: tcp, text: '' });
    assert.deepEqual(lines, [
      'warn rs0 certificate expires in 3 days',
      'error - cannot probe 12 targets: EMFILE; verdicts stay as they are',
      'info - can probe again after: EMFILE',
      'info rs0 warning ended: certificate expires in 3 days',
    ]);
  });

  it('shows warnings and faults while they last, each wording once', () => {
    const { known, tcp, script } = rig();
    for (const target of [tcp, script]) known.take({ type: 'warning', target, text: 'Cannot read /ca.pem' });
    known.take({ type: 'local-fault', why: 'EMFILE', targets: 12 });
    assert.deepEqual(known.warnings(), [
      'cannot probe 12 targets: EMFILE; verdicts stay as they are',
      'server rs0: Cannot read /ca.pem',
    ]);
    known.take({ type: 'local-fault', why: 'EMFILE', targets: 0 });
    for (const target of [tcp, script]) known.take({ type: 'warning', target, text: '' });
    assert.deepEqual(known.warnings(), []);
    known.take({ type: 'warning', target: tcp, text: 'Cannot read /ca.pem' });
    known.forgetWarnings();
    assert.deepEqual(known.warnings(), []);
  });
});
