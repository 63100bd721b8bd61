// Two directors that drop each other's advertisements are both master: both tell it within seconds, in log, status and health.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { askStatus, configure, operate, router, startConfigured } from '../controller/operated-director.ts';
import { until } from '../namespaces.ts';
import { type Host, logs } from './hosts.ts';
import { type HostsTest, sideBySide } from './side-by-side.ts';

const vip = '192.168.55.100/32';
const fast = { advertisement_interval: '200ms' };
const unicast = (peer: string): object => ({ ...fast, peers: [`192.168.55.${peer}`] });
const version2 = { version: 2, advertisement_interval: '1s' };
const password = (text: string): object => ({ ...version2, authentication: { type: 'password', password: text } });
const hmac = (host: Host, secret: string): object => {
  const file = join(host.directory, 'keys');
  writeFileSync(file, `1 ${secret.repeat(32)}\n`, { mode: 0o600 });
  return { ...fast, authentication: { type: 'hmac', key_file: file } };
};
/** Changes the advertisements that leave a host. */
const mangle = ({ namespace }: Host, change: string): void => {
  namespace.run('nft', 'add table ip t; add chain ip t out { type filter hook output priority 0; }');
  namespace.run('nft', `add rule ip t out ip protocol 112 ${change}`);
};

type Sides = readonly [left: object, right: object];
/** @param reasons for which left and right drop what they hear; undefined for a side that hears nothing, and sees the other's ARP. */
const dropping =
  (sides: (left: Host, right: Host) => Sides, ...reasons: readonly (string | undefined)[]): HostsTest =>
  async (hosts) => {
    const keys = sides(...hosts);
    for (const [index, host] of hosts.entries()) {
      configure(host, [{ ...router('vip', 51, 100, [vip]), ...keys[index] }]);
      startConfigured(host);
    }
    await until('both are master', () => hosts.every((host) => host.holds()));
    for (const [index, host] of hosts.entries()) {
      const reason = reasons[index];
      const other = `192\\.168\\.55\\.1${2 - index}`;
      const warning =
        reason === undefined
          ? /router vip is not the only master/
          : new RegExp(`router vip: advertisements of ${other} are dropped \\(${reason}\\)`);
      const warnings = async () => (await askStatus(host))?.warnings ?? [];
      await until(
        `${host.namespace.name} warns`,
        async () => (await warnings()).some((one) => warning.test(one)),
        12_000,
      );
      await logs(host, reason === undefined ? /split brain/ : new RegExp(`from ${other} on enp0s9: ${reason}`));
      const { code, out } = await operate(host, 'health');
      assert.equal(code, 1);
      assert.match(out, warning);
    }
  };

describe('two masters that drop each other', function () {
  this.timeout(120_000);
  sideBySide(
    {
      'for the TTL': dropping(
        (left, right) => {
          for (const host of [left, right]) mangle(host, 'ip ttl set 254');
          return [unicast('12'), unicast('11')];
        },
        'ttl',
        'ttl',
      ),
      'for the checksum': dropping(
        (left, right) => {
          for (const host of [left, right]) mangle(host, '@nh,208,16 set 0x1234');
          return [fast, fast];
        },
        'checksum',
        'checksum',
      ),
      'for the source, where one does not hear the other': dropping(
        () => [unicast('12'), unicast('99')],
        undefined,
        'source',
      ),
      'for group and unicast': dropping(() => [fast, unicast('11')], 'destination', undefined),
      'for the version': dropping(() => [fast, version2], 'version', 'version'),
      'for the interval of version 2': dropping(
        () => [version2, { ...version2, advertisement_interval: '2s' }],
        'interval',
        'interval',
      ),
      'for other passwords': dropping(
        () => [password('one'), password('two')],
        'authentication-password',
        'authentication-password',
      ),
      'for a password that one has': dropping(
        () => [password('one'), version2],
        'authentication-type',
        'authentication-type',
      ),
      'for other keys': dropping(
        (left, right) => [hmac(left, 'a'), hmac(right, 'b')],
        'authentication-failed',
        'authentication-failed',
      ),
      'for a key that one has': dropping(
        (left) => [hmac(left, 'a'), fast],
        'authentication-missing',
        'authentication-unexpected',
      ),
    },
    3,
  );
});
