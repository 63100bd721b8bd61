// What is probed for which server, and how several checks make one standing.

import assert from 'node:assert/strict';
import { parseConfig } from '../../../../config/source/load.ts';
import { formatProblems } from '../../../../config/source/problem.ts';
import { joinStandings, type TargetStanding } from '../../../../controller/ipvs/server-standing.ts';
import { planTargets, type TargetPlan } from '../../../../controller/ipvs/targets.ts';

const configOf = (...services: object[]) => {
  const document = {
    director: 'd',
    vrrp: { routers: [] },
    virtual_services: services.map((service, index) => ({
      name: `s${index}`,
      address: `10.0.0.1:${80 + index}`,
      ...service,
    })),
  };
  const result = parseConfig(JSON.stringify(document), 'f');
  if (!result.ok) assert.fail(formatProblems(result.problems));
  return result.config;
};
const rs0 = { name: 'rs0', address: '10.0.1.1:80' };
const rs1 = { name: 'rs1', address: '10.0.1.2:80' };

const serversOf = ({ uses }: TargetPlan, target = ''): string[] => [
  ...new Set((uses.get(target) ?? []).map(({ server }) => server.name)),
];

describe('targets', () => {
  it('are shared by services that check the same endpoint alike', () => {
    const plan = planTargets(
      configOf({ real_servers: [rs0, rs1] }, { real_servers: [rs0, { ...rs1, name: 'other' }] }),
    );
    const { targets } = plan;
    assert.deepEqual(
      targets.map(({ endpoint }) => endpoint.address),
      ['10.0.1.1', '10.0.1.2'],
    );
    assert.deepEqual(serversOf(plan, targets[0]?.id), ['rs0']);
    assert.deepEqual(serversOf(plan, targets[1]?.id), ['rs1', 'other']);
    assert.deepEqual(serversOf(plan, 'unheard of'), []);
  });

  it('share one object of equal checks, whatever services name them', () => {
    const check = { interval: '3s' };
    const { targets } = planTargets(
      configOf({ check, real_servers: [rs0] }, { check, real_servers: [{ ...rs1, check }] }, { real_servers: [rs1] }),
    );
    assert.equal(targets.length, 3);
    assert.equal(targets[0]?.check, targets[1]?.check);
    assert.notEqual(targets[0]?.check, targets[2]?.check);
  });

  it('differ by check and by port, and have short names', () => {
    const { targets } = planTargets(
      configOf(
        { real_servers: [rs0] },
        { check: { interval: '2s' }, real_servers: [rs0] },
        {
          real_servers: [{ ...rs0, address: '10.0.1.1:81' }],
        },
      ),
    );
    assert.equal(new Set(targets.map(({ id }) => id)).size, 3);
    for (const { id } of targets) assert.match(id, /^10\.0\.1\.1:8[01]\/tcp\/[0-9a-f]{8}$/);
  });

  it('are where a check says, and one where servers share that place', () => {
    const check = { type: 'http', address: '10.0.9.9', port: 8080 };
    const plan = planTargets(configOf({ check, real_servers: [rs0, rs1] }));
    const { targets } = plan;
    assert.equal(targets.length, 1);
    assert.deepEqual(targets[0]?.endpoint, { address: '10.0.9.9', port: 8080 });
    assert.ok(targets[0] && !('port' in targets[0].check));
    assert.deepEqual(serversOf(plan, targets[0]?.id), ['rs0', 'rs1']);
  });

  it('are several for several checks, and a server’s own instead of its service’s', () => {
    const config = configOf({
      checks: [{ type: 'ping' }, { type: 'http' }],
      real_servers: [rs0, { ...rs1, check: { type: 'dns' } }, { name: 'rs2', address: '10.0.1.3:80', checks: [] }],
    });
    const { targetsOf } = planTargets(config);
    const types = config.virtualServices[0]?.realServers.map((server) =>
      (targetsOf('s0', server.name) ?? []).map(({ check }) => check.type),
    );
    assert.deepEqual(types, [['ping', 'http'], ['dns'], []]);
  });
});

const up: TargetStanding = { health: 'up', reason: 'up' };
const unknown: TargetStanding = { health: 'unknown', reason: 'not yet' };
const down = (failedAt: number): TargetStanding => ({
  health: 'down',
  reason: `at ${failedAt}`,
});

describe('joined standings', () => {
  const rows: [what: string, standings: TargetStanding[], joined: object][] = [
    ['of none: up', [], { health: 'up', reason: 'it has no check' }],
    ['of one: itself', [down(3)], down(3)],
    ['up, up: up', [up, up], up],
    ['up, unknown: unknown', [up, unknown], unknown],
    ['unknown, down: down', [unknown, down(3)], down(3)],
    ['down twice: the first of them', [down(5), up, down(3)], down(5)],
    ['the lowest weight counts', [{ ...up, weight: 7 }, { ...up, weight: 0 }, up], { ...up, weight: 0 }],
  ];
  for (const [what, standings, joined] of rows) {
    it(what, () => assert.deepEqual(joinStandings(standings), joined));
  }
});
