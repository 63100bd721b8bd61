// Accept mode in the configuration: whom it silences, and what it cannot go with.

import assert from 'node:assert/strict';
import { parseConfig } from '../../../../config/source/load.ts';
import { silentAddresses } from '../../../../controller/firewall/accept-table.ts';

const parse = (keys: string, service = '') =>
  parseConfig(
    `director: d
vrrp:
  routers:
    - { name: r, interface: eth0, virtual_router_id: 1, addresses: [10.0.0.1], excluded: ["fd00::1"], ${keys} }
    - { name: s, interface: eth0, virtual_router_id: 2, addresses: [10.0.0.2] }
${service}`,
    'f',
  );
const problemsOf = (keys: string, service = ''): string[] => {
  const result = parse(keys, service);
  return result.ok ? [] : result.problems.map(({ message }) => message);
};

describe('accept: false', () => {
  it('silences all addresses of its router, and no other', () => {
    const result = parse('accept: false');
    assert.ok(result.ok);
    assert.deepEqual(silentAddresses(result.config), ['10.0.0.1', 'fd00::1']);
  });
  it('is off unless it is said', () => {
    const result = parse('priority: 7');
    assert.ok(result.ok);
    assert.deepEqual(silentAddresses(result.config), []);
  });
  it('is not for an owner', () =>
    assert.deepEqual(problemsOf('accept: false, priority: 255'), [
      'a router of priority 255 owns its addresses and always accepts: see f:4:128',
    ]));
  it('is not for an address with a service', () => {
    const service =
      'virtual_services: [{ name: w, addresses: [10.0.0.1:80, 10.0.0.2:80], real_servers: [{ address: 10.1.0.1:80 }] }]\n';
    assert.deepEqual(
      problemsOf('accept: false', service).map((problem) => problem.replace(/:\d+$/, '')),
      ['accept is off, so nothing reaches 10.0.0.1 of a service: see f:6'],
    );
  });
});
