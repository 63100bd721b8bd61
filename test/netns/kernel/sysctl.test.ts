// Settings of a network namespace: read, set once, put back unless somebody else has changed them.

import assert from 'node:assert/strict';
import { readSysctl, restoreSysctl, setSysctl } from '../../../kernel/system/sysctl.ts';
import { connect, createNamespace, type Namespace, removeNamespaces } from '../namespaces.ts';

const name = 'net.ipv4.conf.lo.arp_ignore';

describe('kernel settings', () => {
  let namespace: Namespace;
  before(() => {
    namespace = createNamespace('sysctl');
  });
  after(removeNamespaces);

  it('are those of the namespace, and put back as they were', () => {
    const outside = readSysctl(name);
    namespace.enter(() => {
      const change = setSysctl(name, 2, 'a test');
      assert.deepEqual(change, { name, before: '0', after: '2', reason: 'a test' });
      assert.equal(setSysctl(name, '2\n', 'a test'), undefined);
      assert.equal(readSysctl(name), '2');
      assert.equal(restoreSysctl(change), true);
      assert.equal(readSysctl(name), '0');
    });
    assert.equal(readSysctl(name), outside);
  });

  it('stay as somebody else has set them since', () => {
    namespace.enter(() => {
      const change = setSysctl(name, 2, 'a test');
      setSysctl(name, 1, 'somebody else');
      assert.ok(change);
      assert.equal(restoreSysctl(change), false);
      assert.equal(readSysctl(name), '1');
    });
  });

  it('may have several values, and names with dots behind slashes', () => {
    connect({ namespace, interface: 'a.b' }, { namespace, interface: 'peer' });
    namespace.enter(() => {
      // What it begins with is the first namespace's.
      for (const value of ['1', '0']) {
        setSysctl('net/ipv4/conf/a.b/forwarding', value, 'a test');
        assert.equal(readSysctl('net/ipv4/conf/a.b/forwarding'), value);
      }
      assert.equal(setSysctl('net.ipv4.ip_local_port_range', '32768   60999', 'as it is'), undefined);
    });
  });

  it('that are not there are no value, and cannot be set', () => {
    assert.equal(readSysctl('net.ipv4.nonsense'), undefined);
    assert.throws(() => setSysctl('net.ipv4.nonsense', 1, 'a test'), /Cannot set net\.ipv4\.nonsense to 1: ENOENT/);
  });

  it('say what the kernel refused', () => {
    namespace.enter(() =>
      assert.throws(
        () => setSysctl(name, 'many', 'a test'),
        /Cannot set net\.ipv4\.conf\.lo\.arp_ignore to many: EINVAL/,
      ),
    );
  });
});
