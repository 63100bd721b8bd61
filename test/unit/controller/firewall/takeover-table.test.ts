// Whose clients are not reset for connections that are not known yet, and until when.

import assert from 'node:assert/strict';
import type { Instant } from '../../../../base/units.ts';
import type { DirectorConfig } from '../../../../config/model/model.ts';
import { parseConfig } from '../../../../config/source/load.ts';
import { lookForNewcomers, type Newcomers, patientAddresses } from '../../../../controller/firewall/takeover-table.ts';
import type { RouterStateName } from '../../../../vrrp/status.ts';

const configOf = ({ snat = false, sync = true, priority = 100 } = {}): DirectorConfig => {
  const parsed = parseConfig(
    `director: lb0
vrrp:
  routers:
    - { name: vip, interface: e, virtual_router_id: 1, priority: ${priority}, addresses: [10.0.0.1/32, 10.0.0.3/32] }
    - { name: gw, interface: e, virtual_router_id: 2, addresses: [10.0.0.2/32] }
virtual_services:
  - { name: web, address: 10.0.0.1:80, snat: ${snat}, real_servers: [{ address: 10.1.0.1:80 }] }
  - { name: marked, firewall_marks: [7], real_servers: [{ address: 10.1.0.1:80 }] }
${sync ? 'connection_sync: { interface: e, sync_id: 1 }' : ''}`,
    'f',
  );
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.config;
};

/** What the router comes to be in the course of its states, each at its time in milliseconds; `lost` with vrrp. */
const follow = (...course: readonly (readonly [RouterStateName | 'lost', number])[]): Newcomers | undefined =>
  course.reduce<Newcomers | undefined>(
    (before, [state, time]) =>
      lookForNewcomers(before, configOf(), state === 'lost' ? [] : [{ name: 'vip', state }], time as Instant),
    undefined,
  );

describe('a router among newcomers', () => {
  for (const [what, course, isNew] of [
    ['is one that does not rule', [['backup', 0]], true],
    [
      'is one that has taken over lately',
      [
        ['backup', 0],
        ['master', 1000],
        ['master', 5999],
      ],
      true,
    ],
    [
      'is not one that took over some time ago',
      [
        ['backup', 0],
        ['master', 1000],
        ['master', 6000],
      ],
      false,
    ],
    ['is not one that ruled before this controller came', [['master', 0]], false],
    [
      'is not one that says farewell',
      [
        ['master', 0],
        ['leaving', 1000],
      ],
      false,
    ],
    [
      'is one that has left',
      [
        ['master', 0],
        ['leaving', 1000],
        ['initialize', 1500],
      ],
      true,
    ],
    ['is not one that vrrp has not told of yet', [['lost', 0]], false],
    [
      'is not one that ruled before this controller heard of it',
      [
        ['lost', 0],
        ['master', 1000],
      ],
      false,
    ],
    [
      'is one whose vrrp is lost while it rules',
      [
        ['master', 0],
        ['lost', 10_000],
      ],
      true,
    ],
    [
      'is one whose vrrp is lost while it does not rule',
      [
        ['backup', 0],
        ['lost', 1000],
      ],
      true,
    ],
    [
      'is one that takes over again',
      [
        ['backup', 0],
        ['master', 1],
        ['master', 5001],
        ['backup', 6000],
        ['master', 7000],
        ['master', 11_999],
      ],
      true,
    ],
  ] as const)
    it(what, () => assert.equal(follow(...course)?.has('vip') ?? false, isNew));
});

describe('the addresses from which nobody is reset', () => {
  const both: Newcomers = new Map([
    ['vip', undefined],
    ['gw', undefined],
  ]);
  for (const [what, config, newcomers, expected] of [
    ['are those of newcomers', configOf(), both, ['10.0.0.1', '10.0.0.3', '10.0.0.2']],
    ['are not those of others', configOf(), new Map([['gw', undefined]]), ['10.0.0.2']],
    ['are none where nobody tells of connections', configOf({ sync: false }), both, []],
    [
      'are not those of services whose connections cannot be told',
      configOf({ snat: true }),
      both,
      ['10.0.0.3', '10.0.0.2'],
    ],
    ["are not an owner's", configOf({ priority: 255 }), both, ['10.0.0.2']],
  ] as const)
    it(what, () => assert.deepEqual(patientAddresses(config, newcomers), expected));
});
