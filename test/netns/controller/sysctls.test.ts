// The settings that a director makes are put back by whichever controller stops last, also one that found them made.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../../../config/source/load.ts';
import { applySysctls, restoreSysctls } from '../../../controller/sysctls.ts';
import { openOwnership } from '../../../kernel/ownership.ts';
import { readSysctl, setSysctl } from '../../../kernel/system/sysctl.ts';
import { createNamespace, type Namespace, removeNamespaces, until } from '../namespaces.ts';
import { closeHosts, logs, openHosts } from '../vrrp/hosts.ts';
import { configure, router, startConfigured } from './operated-director.ts';

const forwarding = 'net.ipv4.ip_forward';
const redirects = 'net.ipv4.conf.all.send_redirects';
const parsed = parseConfig(
  `director: lb0
vrrp: { routers: [{ name: vip, interface: lo, virtual_router_id: 51, addresses: [192.168.55.100/32] }] }
virtual_services: [{ name: web, address: "192.168.55.100:80", real_servers: [{ address: "192.168.66.111:80" }] }]
`,
  'test',
);

describe('the settings of a director', () => {
  const folder = mkdtempSync(join(tmpdir(), 'regent-sysctls-'));
  const silent = (): void => undefined;
  let namespace: Namespace;
  before(() => {
    assert.ok(parsed.ok);
    namespace = createNamespace('sysctls');
  });
  after(() => {
    removeNamespaces();
    rmSync(folder, { recursive: true });
  });

  const values = () => [forwarding, redirects].map((name) => readSysctl(name));
  /** Another controller opens the same file. */
  const apply = (): void => {
    if (parsed.ok) applySysctls(parsed.config, openOwnership(join(folder, 'sysctls.json')), silent);
  };
  const restore = (): void => restoreSysctls(openOwnership(join(folder, 'sysctls.json')), silent);

  it('are put back after a restart of the controller', () =>
    namespace.enter(() => {
      setSysctl(forwarding, 0, 'a test');
      setSysctl(redirects, 1, 'a test');
      apply();
      assert.deepEqual(values(), ['1', '0']);
      apply();
      restore();
      assert.deepEqual(values(), ['0', '1']);
    }));

  it('are left alone where somebody else has set them since, and are nobody’s afterwards', () =>
    namespace.enter(() => {
      apply();
      setSysctl(redirects, 1, 'somebody else');
      restore();
      assert.deepEqual(values(), ['0', '1']);
      setSysctl(forwarding, 1, 'somebody else');
      restore();
      assert.deepEqual(values(), ['1', '1']);
    }));

  it('are made on an interface that gets the name of a router’s interface later', async () => {
    const hosts = openHosts();
    const [host] = hosts;
    try {
      configure(host, [{ ...router('vip', 51, 100, ['10.7.0.100/32']), interface: 'late0' }], {
        virtual_services: [
          { name: 'web', address: '10.7.0.100:80', checks: [], real_servers: [{ address: '192.168.55.12:80' }] },
        ],
      });
      host.namespace.run('ip', 'link', 'add', 'eth7', 'type', 'bridge');
      // A value that was set is not overwritten by that of `default`.
      host.namespace.run('sysctl', '-qw', 'net.ipv4.conf.eth7.send_redirects=1');
      startConfigured(host);
      await logs(host, /started with 1 routers and 1 services/);
      const redirectsOf = (name: string): string =>
        host.namespace.run('cat', `/proc/sys/net/ipv4/conf/${name}/send_redirects`).trim();
      assert.equal(redirectsOf('eth7'), '1');
      host.namespace.run('ip', 'link', 'set', 'eth7', 'name', 'late0');
      await until('its settings are made', () => redirectsOf('late0') === '0');
      host.namespace.run('ip', 'link', 'delete', 'late0');
      host.namespace.run('ip', 'link', 'add', 'late0', 'type', 'bridge');
      assert.equal(redirectsOf('late0'), '0');
    } finally {
      await closeHosts(hosts);
    }
  }).timeout(60_000);

  it('hold for interfaces that appear later', () =>
    namespace.enter(() => {
      apply();
      namespace.run('ip', 'link', 'add', 'later0', 'type', 'bridge');
      assert.equal(readSysctl('net/ipv4/conf/later0/send_redirects'), '0');
    }));
});
