// What a handover costs: connections that the peer knows go on, those behind snat and those nobody told of are lost.

import assert from 'node:assert/strict';
import type { DirectorConfig } from '../../../config/model/model.ts';
import { parseConfig } from '../../../config/source/load.ts';
import { planHandover } from '../../../controller/handover-cost.ts';
import { describeEffect } from '../../../controller/plan-line.ts';
import type { Living } from '../../../controller/planning/living.ts';
import type { RouterStatus } from '../../../vrrp/status.ts';

const configOf = (snat: boolean, sync: boolean): DirectorConfig => {
  const parsed = parseConfig(
    `director: lb0
vrrp:
  routers:
    - { name: vip, interface: e, virtual_router_id: 1, addresses: [10.0.0.1/32] }
    - { name: gw, interface: e, virtual_router_id: 2, addresses: [10.0.0.2/32] }
virtual_services:
  - { name: web, address: 10.0.0.1:80, snat: ${snat}, real_servers: [{ name: rs0, address: 10.1.0.1:80 }, { name: rs1, address: 10.1.0.2:80 }] }
  - { name: marked, firewall_marks: [7], real_servers: [{ name: rs0, address: 10.1.0.1:80 }] }
${sync ? 'connection_sync: { interface: e, sync_id: 1 }' : ''}`,
    'f',
  );
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.config;
};
const living = (state: RouterStatus['state'], count = 12): Living => ({
  routers: [
    { name: 'vip', state, addresses: ['10.0.0.1/32'] } as unknown as RouterStatus,
    { name: 'gw', state, addresses: ['10.0.0.2/32'] } as unknown as RouterStatus,
  ],
  connectionsOf: ({ name }, server) => (name === 'web' ? (server.name === 'rs0' ? count : 1) : 0),
});
const plan = (config: DirectorConfig, named: string[], from: Living): string[] =>
  planHandover(config, named, from).map((line) => `${describeEffect(line)}: ${line.subject} ${line.change}`);

describe('a handover', () => {
  it('behind snat loses what is in flight', () => {
    assert.deepEqual(plan(configOf(true, true), ['vip', 'gw'], living('master')), [
      'cuts 13 live connections: service web connections in flight are lost: their snat ports are known to this director alone',
      'hitless: service marked its 0 connections continue through the peer',
    ]);
  });
  it('without connection_sync loses them, too', () => {
    assert.deepEqual(plan(configOf(false, false), ['vip'], living('master')), [
      'cuts 13 live connections: service web connections in flight are lost: without connection_sync the peer does not know them',
      'hitless: service marked has no live connection',
    ]);
  });
  it('with connection_sync loses none', () => {
    assert.equal(
      plan(configOf(false, true), ['vip'], living('master'))[0],
      'hitless: service web its 13 connections continue through the peer',
    );
  });
  it('finds a service by another spelling of its address, too', () => {
    const parsed = parseConfig(
      `director: lb0
vrrp: { routers: [{ name: vip, interface: e, virtual_router_id: 1, addresses: ["fe80::1", "2001:db8::100"] }] }
virtual_services:
  - { name: web, address: "[2001:DB8:0::100]:80", real_servers: [{ name: rs0, address: "[fd00::1]:80" }] }`,
      'f',
    );
    assert.ok(parsed.ok, JSON.stringify(parsed));
    const routers = [{ name: 'vip', state: 'master', addresses: ['fe80::1/128', '2001:db8::100/128'] }];
    assert.deepEqual(
      plan(parsed.config, ['vip'], { ...living('master'), routers: routers as unknown as RouterStatus[] }),
      [
        'cuts 12 live connections: service web connections in flight are lost: without connection_sync the peer does not know them',
      ],
    );
  });
  it('of a router that does not carry the service does not touch it', () => {
    assert.deepEqual(plan(configOf(true, false), ['gw'], living('master')), [
      'hitless: service marked has no live connection',
    ]);
  });
  it('of a backup costs nothing', () => assert.deepEqual(plan(configOf(true, false), ['vip'], living('backup')), []));
});
