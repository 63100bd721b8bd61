// Which kernel settings a configuration needs, and that each comes with a reason.

import assert from 'node:assert/strict';
import { parseConfig } from '../../../config/source/load.ts';
import { formatProblems } from '../../../config/source/problem.ts';
import { wantedSysctls } from '../../../controller/sysctls.ts';

const wanted = (text: string) => {
  const router = '{ name: vip, interface: eth0.5, virtual_router_id: 51, addresses: [10.0.0.1/32] }';
  const parsed = parseConfig(`director: lb0\nvrrp: { routers: [${router}] }\n${text}\n`, 'f');
  if (!parsed.ok) throw new Error(formatProblems(parsed.problems));
  return wantedSysctls(parsed.config);
};
const service = (keys = '', server = '10.1.0.1', address = '10.0.0.1:80'): string =>
  `virtual_services: [{ name: web, address: "${address}"${keys}, real_servers: [{ address: "${server}" }] }]`;
const always = ['net.ipv4.vs.expire_nodest_conn=1', 'net.ipv4.vs.conn_reuse_mode=1'];
const redirects = ['all', 'default', 'eth0.5'].map((name) => `net/ipv4/conf/${name}/send_redirects=0`);

describe('the kernel settings that a director needs', () => {
  for (const [what, text, expected] of [
    ['no service', '', []],
    ['direct routing', service(', forwarding: direct'), always],
    ['tunnels', service(', forwarding: tunnel'), always],
    ['NAT over IPv4', service(), ['net.ipv4.ip_forward=1', ...redirects, ...always]],
    ['NAT over IPv6', service('', 'fd01::1', '[fd00::1]:80'), ['net.ipv6.conf.all.forwarding=1', ...always]],
    [
      'NAT to a sorry server alone',
      service(', forwarding: direct, sorry_server: { address: 10.1.0.9, forwarding: masq }'),
      ['net.ipv4.ip_forward=1', ...redirects, ...always],
    ],
    [
      'persistence',
      service(', forwarding: direct, persistence: {}'),
      [...always, 'net.ipv4.vs.expire_quiescent_template=1'],
    ],
    ['snat', service(', snat: true'), ['net.ipv4.ip_forward=1', ...redirects, ...always, 'net.ipv4.vs.conntrack=1']],
    ...(['tcp', 'sctp'] as const).map(
      (protocol) =>
        [
          `${protocol} at an anycast address`,
          `${service(`, forwarding: direct, protocol: ${protocol}, scheduler: mh`, '10.1.0.1', '192.0.2.10:80')}\nanycast: { addresses: [{ name: any, addresses: [192.0.2.10] }] }`,
          [...always, `net.ipv4.vs.sloppy_${protocol}=1`],
        ] as const,
    ),
    [
      'udp at an anycast address',
      `${service(', forwarding: direct, protocol: udp, scheduler: mh', '10.1.0.1', '192.0.2.10:80')}\nanycast: { addresses: [{ name: any, addresses: [192.0.2.10] }] }`,
      always,
    ],
    [
      'an anycast address without a service',
      `${service(', forwarding: direct')}\nanycast: { addresses: [{ name: any, addresses: [192.0.2.10] }] }`,
      always,
    ],
    [
      'connection_sync',
      `${service(', forwarding: direct')}\nconnection_sync: { interface: eth0, sync_id: 1, refresh: 5s }`,
      [
        ...always,
        'net.ipv4.vs.sync_version=1',
        'net.ipv4.vs.backup_only=0',
        'net.ipv4.vs.sync_threshold=0 1',
        'net.ipv4.vs.sync_refresh_period=5',
      ],
    ],
  ] as const)
    it(`with ${what}`, () =>
      assert.deepEqual(
        wanted(text).map(({ name, value }) => `${name}=${value}`),
        expected,
      ));

  it('come with a reason each', () => {
    const all = wanted(`${service(', snat: true, persistence: {}')}\nconnection_sync: { interface: eth0, sync_id: 1 }`);
    for (const { name, reason } of all) assert.ok(reason.length > 20, name);
    assert.equal(new Set(all.map(({ name }) => name)).size, all.length);
  });
});
