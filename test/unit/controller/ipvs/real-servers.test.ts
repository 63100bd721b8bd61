// What is known of the real servers: what is logged of the prober's messages, and what is said of each server.

import assert from 'node:assert/strict';
import sinon from 'sinon';
import { milliseconds } from '../../../../base/units.ts';
import { shareServices } from '../../../../config/model/shared-services.ts';
import { parseConfig } from '../../../../config/source/load.ts';
import { openRealServers } from '../../../../controller/ipvs/real-servers.ts';

const text = `
director: d
vrrp: { routers: [] }
virtual_services:
  - name: s
    address: 10.0.0.1:80
    checks: [{ type: tcp }, { type: script, command: [/bin/true], weight_from_output: true }]
    real_servers: [{ name: rs0, address: 10.0.1.1:80 }]
`;

const rig = () => {
  const result = parseConfig(text, 'f');
  assert.ok(result.ok);
  const { config } = result;
  const [service] = config.virtualServices;
  const [server] = service?.realServers ?? [];
  assert.ok(service && server);
  const lines: string[] = [];
  const commands = new Map();
  const known = openRealServers(
    () => config,
    () => commands,
    (level, { subject = '-' }, message) => lines.push(`${level} ${subject} ${message}`),
  );
  const [tcp = '', script = ''] = known.targets().map(({ id }) => id);
  const tell = (target: string, health: 'up' | 'down', weight?: number): boolean =>
    known.hear({
      type: 'verdict',
      target,
      health,
      reason: `it is ${health}`,
      latency: milliseconds(1),
      ...(weight !== undefined && { weight }),
    });
  return {
    known,
    lines,
    tcp,
    script,
    tell,
    commands,
    standing: () => known.standingOf(service, server),
    observation: () => known.observationOf(service, server),
  };
};

describe('what is known of the real servers', () => {
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
    known.hear({ type: 'probes', results, lateness: milliseconds(0) });
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
    known.hear({ type: 'warning', target: tcp, text: 'certificate expires in 3 days' });
    known.hear({ type: 'local-fault', why: 'EMFILE', targets: 12 });
    known.hear({ type: 'local-fault', why: 'EMFILE', targets: 0 });
    assert.equal(tell('of an earlier configuration', 'down'), false);
    known.hear({ type: 'warning', target: tcp, text: 'certificate expires in 3 days' });
    known.hear({ type: 'warning', target: tcp, text: '' });
    assert.deepEqual(lines, [
      'warn rs0 certificate expires in 3 days',
      'error - cannot probe 12 targets: EMFILE; verdicts stay as they are',
      'info - can probe again after: EMFILE',
      'info rs0 warning ended: certificate expires in 3 days',
    ]);
  });

  it('shows warnings and faults while they last, each wording once', () => {
    const { known, tcp, script } = rig();
    for (const target of [tcp, script]) known.hear({ type: 'warning', target, text: 'Cannot read /ca.pem' });
    known.hear({ type: 'local-fault', why: 'EMFILE', targets: 12 });
    assert.deepEqual(known.warnings(), [
      'cannot probe 12 targets: EMFILE; verdicts stay as they are',
      'server rs0: Cannot read /ca.pem',
    ]);
    known.hear({ type: 'local-fault', why: 'EMFILE', targets: 0 });
    for (const target of [tcp, script]) known.hear({ type: 'warning', target, text: '' });
    assert.deepEqual(known.warnings(), []);
    known.hear({ type: 'warning', target: tcp, text: 'Cannot read /ca.pem' });
    known.forgetWarnings();
    assert.deepEqual(known.warnings(), []);
  });
});

describe('a reload of the real servers', () => {
  const documentOf = (services: readonly object[]): object => ({
    director: 'd',
    vrrp: { routers: [] },
    virtual_services: services,
  });
  const web = (more: object = {}, server: object = {}): object => ({
    name: 'web',
    address: '10.0.0.1:80',
    real_servers: [{ name: 'rs0', address: '10.0.1.1:80', ...server }],
    ...more,
  });
  const configOf = (...services: object[]) => {
    const result = parseConfig(JSON.stringify(documentOf(services)), 'f');
    assert.ok(result.ok);
    return result.config;
  };
  const open = (...services: object[]) => {
    let config = configOf(...services);
    const lines: string[] = [];
    const known = openRealServers(
      () => config,
      () => new Map(),
      (_level, _about, message) => lines.push(message),
    );
    const hear = (health: 'up' | 'down', index = 0, weight?: number): boolean =>
      known.hear({
        type: 'verdict',
        target: known.targets()[index]?.id ?? '',
        health,
        reason: `it is ${health}`,
        latency: milliseconds(1),
        ...(weight !== undefined && { weight }),
      });
    const standing = (service = 0, server = 0) => {
      const owner = config.virtualServices[service];
      const one = owner?.realServers[server];
      assert.ok(owner && one);
      return known.standingOf(owner, one);
    };
    known.targets();
    return {
      known,
      lines,
      hear,
      standing,
      health: (service = 0, server = 0) => standing(service, server).health,
      reload: (...next: object[]) => {
        config = shareServices(config, configOf(...next));
        known.targets();
      },
    };
  };

  const changes: [what: string, after: object][] = [
    ['its interval changes', web({ check: { interval: '7s' } })],
    ['its type changes', web({ check: { type: 'http' } })],
    ['it gets checks of its own', web({}, { check: { type: 'http' } })],
    ['a check is added', web({ checks: [{ type: 'tcp' }, { type: 'http' }] })],
    ['all its checks are others, and several', web({ checks: [{ type: 'ping' }, { type: 'http' }] })],
    ['it is called otherwise at the same time', web({ check: { type: 'http' } }, { name: 'other' })],
    ['its service is called otherwise', web({ name: 'other', check: { type: 'http' } })],
    ['its service has another address', web({ address: '10.0.0.2:80', check: { type: 'http' } })],
  ];
  for (const [what, after] of changes)
    for (const health of ['up', 'down'] as const)
      it(`leaves a server that was ${health} so where ${what}`, () => {
        const one = open(web());
        one.hear(health);
        one.reload(after);
        assert.equal(one.health(), health);
        one.reload(after);
        assert.equal(one.health(), health, 'after another reload');
      });

  it('leaves a server as it was while another service changes, too', () => {
    const other = (weight: number) =>
      web({ name: 'other', address: '10.0.0.9:80' }, { address: '10.0.1.9:80', weight });
    const one = open(web(), other(1));
    one.hear('up');
    one.reload(web({ check: { type: 'http' } }), other(1));
    one.reload(web({ check: { type: 'http' } }), other(2));
    one.reload(web({ check: { type: 'http' } }), other(2), web({ name: 'third', address: '10.0.0.8:80' }));
    assert.equal(one.health(0), 'up');
  });

  it('believes the new check as soon as it has spoken, and tells nobody where nothing has changed', () => {
    const one = open(web());
    one.hear('up');
    one.reload(web({ check: { type: 'http' } }));
    assert.equal(one.hear('up'), false);
    assert.equal(one.lines.at(-1), 'still up by its new check: it is up');
    assert.equal(one.hear('up'), false);
    assert.equal(one.lines.length, 2);
    one.reload(web({ check: { type: 'ping' } }));
    assert.equal(one.hear('down'), true);
    assert.equal(one.health(), 'down');
    assert.equal(one.lines.at(-1), 'up -> down: it is down; it is drained');
  });

  it('is down by the first of several new checks that says so', () => {
    const one = open(web());
    one.hear('up');
    one.reload(web({ checks: [{ type: 'ping' }, { type: 'http' }] }));
    assert.equal(one.hear('up', 1), false);
    assert.equal(one.health(), 'up');
    assert.equal(one.hear('down', 0), true);
    assert.equal(one.health(), 'down');
  });

  it('counts a server without checks as up until the first has spoken', () => {
    const one = open(web({ checks: [] }));
    assert.equal(one.health(), 'up');
    one.reload(web());
    assert.equal(one.health(), 'up');
    one.hear('down');
    assert.equal(one.health(), 'down');
  });

  it('keeps the weight that a check gave', () => {
    const script = (interval: string): object =>
      web({ check: { type: 'script', command: ['/bin/true'], weight_from_output: true, interval } });
    const one = open(script('1s'));
    one.hear('up', 0, 7);
    one.reload(script('2s'));
    assert.equal(one.standing().checkedWeight, 7);
    assert.equal(one.hear('up', 0, 8), true);
    assert.equal(one.standing().checkedWeight, 8);
  });

  it('has a server that was never known unknown, and one of another address', () => {
    const one = open(web());
    one.reload(web({ check: { type: 'http' } }));
    assert.equal(one.health(), 'unknown');
    one.hear('up');
    one.reload(web({ check: { type: 'http' } }, { address: '10.0.1.2:80' }));
    assert.equal(one.health(), 'unknown');
  });

  it('forgets a server that is removed: it comes back unknown', () => {
    const one = open(web());
    one.hear('up');
    one.reload(web({ real_servers: [] }));
    one.reload(web());
    assert.equal(one.health(), 'unknown');
  });

  it('goes on with a check that another service still has', () => {
    const two = web({ name: 'two', address: '10.0.0.2:80' });
    const one = open(web(), two);
    one.hear('up');
    one.reload(two);
    one.reload(web(), two);
    assert.equal(one.health(), 'up');
  });

  it('knows the servers of a configuration before it by their names, since those may be asked for still', () => {
    const before = configOf(web());
    const [service] = before.virtualServices;
    const [server] = service?.realServers ?? [];
    assert.ok(service && server);
    const one = open(web());
    one.hear('down');
    assert.equal(one.known.standingOf(service, server).health, 'down');
    one.reload(web({ real_servers: [] }));
    assert.equal(one.known.standingOf(service, server).health, 'unknown');
  });
});
