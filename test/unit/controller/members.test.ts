// A command names a server or a router of the configuration in force, or is refused and changes nothing.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRecordFaults } from '../../../controller/log/record-fault.ts';
import { type Members, openMembers } from '../../../controller/members.ts';
import { configOf } from '../config/source/texts.ts';

const config = configOf(`director: lb0
vrrp:
  groups:
    - { name: lab, routers: [vip, gateway] }
  routers:
    - { name: vip, interface: eth0, virtual_router_id: 1, priority: 100, addresses: [10.0.0.1/24] }
    - { name: gateway, interface: eth0, virtual_router_id: 2, priority: 100, addresses: [10.0.0.2/24] }
    - { name: other, interface: eth0, virtual_router_id: 3, priority: 100, addresses: [10.0.0.3/24] }
virtual_services:
  - { name: web, address: "[2001:db8::100]:80", real_servers: [{ name: rs0, address: "2001:db8::10" }, { address: "2001:db8::1" }] }
`);

describe('a command for a server or a router', () => {
  let folder = '';
  let told: string[] = [];
  let members: Members;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'regent-members-'));
    told = [];
    const log = (): void => undefined;
    members = openMembers({
      config,
      stateDirectory: folder,
      records: createRecordFaults(log),
      apply: () => undefined,
      report: ({ type }) => told.push(type),
      log,
    });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('names a server by any spelling of its address', () => {
    assert.equal(members.command('[2001:DB8:0::1]:80', { drained: true }), undefined);
    assert.deepEqual([...members.operator.commands().keys()], ['[2001:db8::1]:80']);
    assert.deepEqual(told, ['commands']);
  });

  it('names a router with its sync group, or all', () => {
    assert.equal(members.standAside('gateway', true), undefined);
    assert.deepEqual(members.operator.aside(), ['vip', 'gateway']);
    members.standAside('other', true);
    members.standAside('vip', false);
    assert.deepEqual(members.operator.aside(), ['other']);
    members.standAside(undefined, false);
    assert.deepEqual([members.operator.aside(), told], [[], ['aside', 'aside', 'aside', 'aside']]);
  });

  it('is refused where its name is unknown, with the nearest, and changes nothing', () => {
    const refusals = [members.command('rs9', { drained: true }), members.standAside('gatewy', true)];
    assert.match(refusals[0] ?? '', /There is no real server rs9 \(did you mean "rs0"\?\)/);
    assert.match(refusals[1] ?? '', /There is no router gatewy \(did you mean "gateway"\?\)/);
    assert.deepEqual([members.operator.commands().size, members.operator.aside(), told], [0, [], []]);
    assert.ok(!existsSync(join(folder, 'operator.json')));
  });
});
