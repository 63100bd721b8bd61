// Servers by command and the file: what is in force, what is refused, and what directors with other files make of the same commands.

import assert from 'node:assert/strict';
import type { DirectorConfig } from '../../../config/model/model.ts';
import {
  combine,
  decideAddition,
  decideRemoval,
  describeDifference,
  type InForce,
} from '../../../controller/in-force.ts';
import {
  changeMembership,
  finishMemberships,
  type MemberSettings,
  type Memberships,
  membershipKey,
  mergeMemberships,
} from '../../../controller/operator/memberships.ts';
import { configOf } from '../config/source/texts.ts';

const file = (servers: string, more = '', rest = ''): DirectorConfig =>
  configOf(`director: lb0
vrrp: { routers: [] }
virtual_services:
  - { name: web, address: "10.0.0.1:80"${more}, real_servers: [${servers}] }
  - { name: dns, address: "10.0.0.1:53", protocol: udp, real_servers: [{ address: 10.0.1.1 }] }
${rest}`);
const rs0 = '{ name: rs0, address: 10.0.1.1, weight: 5 }';
const rs1 = '{ address: "10.0.1.2:80" }';

const given = (before: Memberships, server: string, settings: MemberSettings | undefined, at = 1, service = 'web') =>
  changeMembership(before, { service, server, settings }, 'lb0', at);
const namesIn = ({ config }: InForce): string[] =>
  config.virtualServices.find(({ name }) => name === 'web')?.realServers.map(({ name }) => name) ?? [];
const textOf = (decision: ReturnType<typeof decideRemoval>): string =>
  'refused' in decision
    ? decision.refused
    : describeDifference({ ...decision.next.differences[0], by: 'lb0' } as never);

describe('a configuration with servers by command', () => {
  it('has those that are added, and lacks those that are removed', () => {
    let commands = given(new Map(), '10.0.1.3:80', { weight: 7 });
    commands = given(commands, '10.0.1.1:80', undefined);
    const inForce = combine(file(`${rs0}, ${rs1}`), commands);
    assert.deepEqual(namesIn(inForce), ['10.0.1.2:80', '10.0.1.3:80']);
    assert.equal(inForce.config.virtualServices[0]?.realServers[1]?.weight, 7);
    assert.deepEqual(
      inForce.differences.map(({ change, server }) => `${change} ${server}`),
      ['added 10.0.1.3:80', 'removed 10.0.1.1:80'],
    );
  });

  it('keeps the objects of all that has not changed', () => {
    const config = file(`${rs0}, ${rs1}`);
    const inForce = combine(config, given(new Map(), '10.0.1.3:80', {}));
    assert.equal(inForce.config.virtualServices[1], config.virtualServices[1]);
    assert.equal(inForce.config.virtualServices[0]?.realServers[0], config.virtualServices[0]?.realServers[0]);
    const again = combine(config, given(new Map(), '10.0.1.3:80', {}, 9), inForce);
    assert.equal(again.config.virtualServices[0], inForce.config.virtualServices[0]);
  });

  it('is caught up with by a file that says the same', () => {
    const commands = given(given(new Map(), '10.0.1.2:80', { weight: 7 }), '10.0.1.3:80', undefined);
    const { differences, caughtUp } = combine(file(`${rs0}, ${rs1}`), commands);
    assert.deepEqual(differences, []);
    assert.deepEqual(
      caughtUp.map(({ server }) => server),
      ['10.0.1.2:80', '10.0.1.3:80'],
    );
  });

  it('says why a command has no effect, and takes the others', () => {
    let commands = given(new Map(), '10.0.1.3:8080', {});
    commands = given(commands, '10.0.1.4:80', {});
    commands = given(commands, '10.0.1.5:80', {}, 1, 'gone');
    const inForce = combine(file(`${rs0}, ${rs1}`, ', forwarding: direct'), commands);
    assert.deepEqual(namesIn(inForce), ['rs0', '10.0.1.2:80', '10.0.1.4:80']);
    const [port, , gone] = inForce.differences.map(({ why }) => why);
    assert.match(port ?? '', /direct forwarding keeps the port/);
    assert.equal(gone, 'there is no service gone');
  });

  it('is judged by what connection synchronisation allows', () => {
    const commands = given(new Map(), '[fd00::1]:80', { forwarding: 'tunnel' });
    const sync = 'connection_sync: { interface: eth0, sync_id: 1 }';
    assert.equal(combine(file(rs0), commands).differences[0]?.why, undefined);
    assert.match(combine(file(rs0, '', sync), commands).differences[0]?.why ?? '', /connection_sync cannot carry/);
  });
});

describe('a command for a server of a service', () => {
  const inForce = combine(file(`${rs0}, ${rs1}`), given(new Map(), '10.0.1.3:80', { name: 'rs3' }));
  const additions: [address: string, settings: MemberSettings, words: RegExp][] = [
    ['10.0.1.4', {}, /10\.0\.1\.4:80 of web is added/],
    ['10.0.1.4:8080', { forwarding: 'masq' }, /10\.0\.1\.4:8080 of web is added/],
    ['10.0.1.3', {}, /web has 10\.0\.1\.3:80 already, added by command on lb0/],
    ['10.0.1.1', {}, /web has 10\.0\.1\.1:80 already, as the file says/],
    ['10.0.1.4', { name: 'rs3' }, /real server name "rs3" is used twice/],
    ['10.0.1.4', { weight: -1 }, /cannot be added to web: expected a whole number/],
    ['10.0.1.4', { forwarding: 'nat' }, /expected one of/],
    ['10.0.1.4:8080', { forwarding: 'direct' }, /direct forwarding keeps the port/],
    ['fd00::1', {}, /only tunnel can change it/],
    ['somewhere', {}, /expected an address and a port/],
    ['127.0.0.1', {}, /loopback|127/],
  ];
  for (const [address, settings, words] of additions)
    it(`adds ${address} ${JSON.stringify(settings)}: ${words}`, () => {
      const decision = decideAddition(inForce, 'web', address, settings);
      const text =
        'refused' in decision ? decision.refused : decision.next.differences.map(describeDifference).join('\n');
      assert.match(text, words);
    });
  for (const [server, words] of [
    ['rs0', /10\.0\.1\.1:80 of web is removed .*still names it/],
    ['10.0.1.1:80', /10\.0\.1\.1:80 of web is removed/],
    ['rs9', /There is no real server of web named rs9/],
  ] as const)
    it(`removes ${server}: ${words}`, () => {
      const base = combine(file(`${rs0}, ${rs1}`), new Map());
      assert.match(textOf(decideRemoval(base, 'web', server)), words);
    });
  it('takes a server of the file again as the file has it, and no other way', () => {
    const removed = combine(file(`${rs0}, ${rs1}`), given(new Map(), '10.0.1.1:80', undefined));
    const decision = decideAddition(removed, 'web', '10.0.1.1', {});
    assert.ok('next' in decision);
    assert.deepEqual([decision.next.differences, namesIn(decision.next)], [[], ['rs0', '10.0.1.2:80']]);
    assert.match(
      textOf(decideAddition(removed, 'web', '10.0.1.1', { weight: 9 })),
      /the file names 10\.0\.1\.1:80 with its own settings/,
    );
  });
  it('takes an addition back by its name, which leaves no difference', () => {
    const decision = decideRemoval(inForce, 'web', 'rs3');
    assert.ok('next' in decision);
    assert.deepEqual([decision.change.server, decision.next.differences], ['10.0.1.3:80', []]);
  });
  it('takes back what has no effect', () => {
    const idle = combine(file(rs0), given(new Map(), '10.0.1.9:80', {}, 1, 'gone'));
    assert.ok('next' in decideRemoval(idle, 'gone', '10.0.1.9'.concat(':80')));
  });
  it('is refused where the quorum could not be held', () => {
    const tight = combine(file(`${rs0}, ${rs1}`, ', quorum: 6'), new Map());
    assert.match(textOf(decideRemoval(tight, 'web', 'rs0')), /a quorum of 6 is never reached/);
  });
  it('knows the services', () => {
    const decision = decideAddition(inForce, 'wbe', '10.0.1.4', {});
    assert.deepEqual(decision, { refused: 'There is no service wbe (did you mean "web"?)', isUnknown: true });
  });
});

describe('the commands of a pair', () => {
  const first = given(new Map(), '10.0.1.3:80', { weight: 7 });
  const second = given(first, '10.0.1.3:80', undefined);

  it('are the latest of each server, in whatever order they come', () => {
    for (const order of [
      [first, second],
      [second, first],
    ]) {
      const merged = order.reduce<Memberships>((own, others) => mergeMemberships(own, others.values()), new Map());
      assert.deepEqual([...merged.values()], [...second.values()]);
    }
  });

  it('are in one order on all directors', () => {
    const early = given(new Map(), '10.0.1.8:80', {}, 5);
    const late = given(new Map(), '10.0.1.7:80', {}, 6);
    for (const order of [
      [early, late],
      [late, early],
    ]) {
      const commands = new Map(order.flatMap((one) => [...one]));
      assert.deepEqual(namesIn(combine(file(rs0), commands)), ['rs0', '10.0.1.8:80', '10.0.1.7:80']);
    }
  });

  it('are done on the director whose file says the same, and go on where it does not', () => {
    const done = finishMemberships(first, new Set([...first.values()].map(membershipKey)));
    assert.deepEqual(combine(file(rs0), done).differences, []);
    // The peer has it by the same command, and keeps it.
    assert.equal(combine(file(rs0), mergeMemberships(first, done.values())).differences.length, 1);
    // What the peer still has does not come back here.
    assert.equal(combine(file(rs0), mergeMemberships(done, first.values())).differences.length, 0);
    // A director that has lost its state learns it as done.
    assert.equal(combine(file(rs0), mergeMemberships(new Map(), done.values())).differences.length, 0);
    // A later command counts again.
    assert.equal(combine(file(rs0), given(done, '10.0.1.3:80', {})).differences.length, 1);
  });
});
