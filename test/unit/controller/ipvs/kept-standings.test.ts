// What is known of the real servers after a reload: unknown is not down, so a server keeps its standing until its new checks have a verdict.

import assert from 'node:assert/strict';
import { milliseconds } from '../../../../base/units.ts';
import { shareServices } from '../../../../config/model/shared-services.ts';
import { parseConfig } from '../../../../config/source/load.ts';
import { readRealServers } from '../../../../controller/ipvs/real-servers.ts';
import { openTargetStandings } from '../../../../controller/ipvs/target-standings.ts';
import { openTargetVerdicts } from '../../../../controller/ipvs/target-verdicts.ts';

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
    let changed = 0;
    const standings = openTargetStandings(config);
    const known = openTargetVerdicts(
      standings.known,
      (_level, _about, message) => lines.push(message),
      () => {
        changed += 1;
      },
    );
    const { standingOf } = readRealServers(standings.known, () => new Map());
    const take = (health: 'up' | 'down', index = 0, weight?: number): boolean => {
      const before = changed;
      known.take({
        type: 'verdict',
        target: standings.known.plan.targets[index]?.id ?? '',
        health,
        reason: `it is ${health}`,
        latency: milliseconds(1),
        ...(weight !== undefined && { weight }),
      });
      return changed > before;
    };
    const standing = (service = 0, server = 0) => {
      const owner = config.virtualServices[service];
      const one = owner?.realServers[server];
      assert.ok(owner && one);
      return standingOf(owner, one);
    };
    return {
      known,
      standingOf,
      lines,
      take,
      standing,
      health: (service = 0, server = 0) => standing(service, server).health,
      reload: (...next: object[]) => {
        config = shareServices(config, configOf(...next));
        standings.configure(config);
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
        one.take(health);
        one.reload(after);
        assert.equal(one.health(), health);
        one.reload(after);
        assert.equal(one.health(), health, 'after another reload');
      });

  it('leaves a server as it was while another service changes, too', () => {
    const other = (weight: number) =>
      web({ name: 'other', address: '10.0.0.9:80' }, { address: '10.0.1.9:80', weight });
    const one = open(web(), other(1));
    one.take('up');
    one.reload(web({ check: { type: 'http' } }), other(1));
    one.reload(web({ check: { type: 'http' } }), other(2));
    one.reload(web({ check: { type: 'http' } }), other(2), web({ name: 'third', address: '10.0.0.8:80' }));
    assert.equal(one.health(0), 'up');
  });

  it('believes the new check as soon as it has spoken, and tells nobody where nothing has changed', () => {
    const one = open(web());
    one.take('up');
    one.reload(web({ check: { type: 'http' } }));
    assert.equal(one.take('up'), false);
    assert.equal(one.lines.at(-1), 'still up by its new check: it is up');
    assert.equal(one.take('up'), false);
    assert.equal(one.lines.length, 2);
    one.reload(web({ check: { type: 'ping' } }));
    assert.equal(one.take('down'), true);
    assert.equal(one.health(), 'down');
    assert.equal(one.lines.at(-1), 'up -> down: it is down; it is drained');
  });

  it('is down by the first of several new checks that says so', () => {
    const one = open(web());
    one.take('up');
    one.reload(web({ checks: [{ type: 'ping' }, { type: 'http' }] }));
    assert.equal(one.take('up', 1), false);
    assert.equal(one.health(), 'up');
    assert.equal(one.take('down', 0), true);
    assert.equal(one.health(), 'down');
  });

  it('counts a server without checks as up until the first has spoken', () => {
    const one = open(web({ checks: [] }));
    assert.equal(one.health(), 'up');
    one.reload(web());
    assert.equal(one.health(), 'up');
    one.take('down');
    assert.equal(one.health(), 'down');
  });

  it('keeps the weight that a check gave', () => {
    const script = (interval: string): object =>
      web({ check: { type: 'script', command: ['/bin/true'], weight_from_output: true, interval } });
    const one = open(script('1s'));
    one.take('up', 0, 7);
    one.reload(script('2s'));
    assert.equal(one.standing().checkedWeight, 7);
    assert.equal(one.take('up', 0, 8), true);
    assert.equal(one.standing().checkedWeight, 8);
  });

  it('has a server that was never known unknown, and one of another address', () => {
    const one = open(web());
    one.reload(web({ check: { type: 'http' } }));
    assert.equal(one.health(), 'unknown');
    one.take('up');
    one.reload(web({ check: { type: 'http' } }, { address: '10.0.1.2:80' }));
    assert.equal(one.health(), 'unknown');
  });

  it('forgets a server that is removed: it comes back unknown', () => {
    const one = open(web());
    one.take('up');
    one.reload(web({ real_servers: [] }));
    one.reload(web());
    assert.equal(one.health(), 'unknown');
  });

  it('goes on with a check that another service still has', () => {
    const two = web({ name: 'two', address: '10.0.0.2:80' });
    const one = open(web(), two);
    one.take('up');
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
    one.take('down');
    assert.equal(one.standingOf(service, server).health, 'down');
    one.reload(web({ real_servers: [] }));
    assert.equal(one.standingOf(service, server).health, 'unknown');
  });
});
