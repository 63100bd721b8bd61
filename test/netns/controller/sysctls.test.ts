// The settings that a director makes are put back by whichever controller stops last, also one that found them made.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../../../config/source/load.ts';
import { applySysctls, restoreSysctls } from '../../../controller/sysctls.ts';
import { openOwnership } from '../../../kernel/ownership.ts';
import { readSysctl, setSysctl } from '../../../kernel/system/sysctl.ts';
import { createNamespace, type Namespace, removeNamespaces } from '../namespaces.ts';

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

  it('hold for interfaces that appear later', () =>
    namespace.enter(() => {
      apply();
      namespace.run('ip', 'link', 'add', 'later0', 'type', 'bridge');
      assert.equal(readSysctl('net/ipv4/conf/later0/send_redirects'), '0');
    }));
});
