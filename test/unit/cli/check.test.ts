// What `regent check` notes of a valid configuration on this host.

import assert from 'node:assert/strict';
import { notesOf } from '../../../cli/check.ts';
import { parseConfig } from '../../../config/source/load.ts';

const notes = (...addresses: readonly string[]): string[] => {
  const parsed = parseConfig(
    `director: d\nvrrp: { routers: [{ name: vip, interface: eth0, virtual_router_id: 51, addresses: [${addresses}] }] }\n`,
    'f',
  );
  assert.ok(parsed.ok);
  const own = (cidr: string) => ({ address: cidr.split('/')[0] ?? '', cidr });
  return notesOf(parsed.config, { eth0: [own('10.0.0.5/24'), own('10.0.0.100/24'), own('fd00::5/64')], eth1: [] });
};

describe('regent check', () => {
  it("notes a virtual address that has the subnet of the host's own", () =>
    assert.deepEqual(notes('10.0.0.100/24'), [
      "router vip: 10.0.0.100/24 has the subnet of this host's own 10.0.0.5/24 on eth0: 10.0.0.100/32 is enough, and needs no promote_secondaries",
    ]));
  for (const address of ['10.0.0.100/32', '10.0.0.100/25', '10.0.1.100/24'])
    it(`notes nothing of ${address}`, () => assert.deepEqual(notes(address), []));
});
