// Two masters as evidence: a cut that heals, and addresses that a killed keepalived left behind.

import assert from 'node:assert/strict';
import { until } from '../namespaces.ts';
import { closeHosts, type Host, openHosts, startDirector, virtualAddress } from './hosts.ts';
import { startKeepalived } from './keepalived.ts';

const six = 'fd00:55::100/64';

describe('two masters', function () {
  this.timeout(60_000);
  let own: Host;
  let other: Host;
  beforeEach(() => {
    [own, other] = openHosts();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') console.error(`${own.log()}\n${other.log()}`);
    await closeHosts();
  });
  const macOf = (host: Host): string => host.namespace.run('cat', '/sys/class/net/enp0s9/address').trim();
  /** What the wire shows; the verdicts on it (`split brain, …`) have tests of their own. */
  const splitBrains = (host: Host): string[] => host.log().match(/split brain(?!,)[^"\\]*/g) ?? [];

  it('see each other by ARP where VRRP is filtered, and by VRRP once it is not; a preemption is none', async () => {
    const keys = { advertisement_interval: '200ms' };
    startDirector(other, 100, keys);
    await until('the lower one rules', other.holds);
    startDirector(own, 150, keys);
    await until('the higher one preempts', () => own.holds() && !other.holds());
    assert.deepEqual([...splitBrains(own), ...splitBrains(other)], []);
    const filter = 'add table ip cut; add chain ip cut in { type filter hook input priority 0; policy drop; }';
    for (const { namespace } of [own, other]) namespace.run('nft', filter);
    await until('both rule', () => own.holds() && other.holds());
    await until('both see it', () => splitBrains(own).length === 1 && splitBrains(other).length === 1);
    for (const { namespace } of [own, other]) namespace.run('nft', 'delete table ip cut');
    await until('it has ended', () => splitBrains(own).length >= 3);
    const [begun, widened, ended] = splitBrains(own);
    assert.match(begun ?? '', new RegExp(`^split brain: 192\\.168\\.55\\.100 is also at ${macOf(other)}`));
    assert.match(widened ?? '', /^split brain: 192\.168\.55\.12 \(priority 100, .*\) advertises as master too/);
    assert.match(ended ?? '', /^split brain has ended: no other master is seen any more, after /);
    assert.match(splitBrains(other).at(-1) ?? '', /has ended: this router is no longer master \(192\.168\.55\.11/);
    assert.ok(own.holds() && !other.holds());
  });

  it('are told of addresses that a killed keepalived left behind, until they are gone', async () => {
    const keepalived = startKeepalived(other, [
      {
        name: 'vip',
        priority: 200,
        lines: [
          ...['version 3', 'state BACKUP', 'interface enp0s9', 'virtual_router_id 51', 'advert_int 0.2'],
          `virtual_ipaddress { ${virtualAddress} dev enp0s9 }`,
        ],
      },
    ]);
    await until('keepalived rules', other.holds);
    other.namespace.run('ip', 'address', 'add', six, 'dev', 'enp0s9', 'nodad');
    const router = {
      interface: 'enp0s9',
      virtual_router_id: 51,
      priority: 150,
      advertisement_interval: '200ms',
    };
    startDirector(
      own,
      150,
      {},
      {
        routers: [
          { name: 'vip', addresses: [virtualAddress], ...router },
          { name: 'six', addresses: [six], ...router },
        ],
      },
    );
    await until('regent hears it', () => own.log().includes('the master is 192.168.55.12'));
    keepalived.signal('SIGKILL');
    await until('regent rules too', own.holds);
    await until('both are told', () => splitBrains(own).length >= 2);
    assert.ok(other.holds());
    assert.match(
      splitBrains(own).join('\n'),
      new RegExp(`split brain: 192\\.168\\.55\\.100 is also at ${macOf(other)}.* on enp0s9;`),
    );
    assert.match(splitBrains(own).join('\n'), new RegExp(`split brain: fd00:55::100 is also at ${macOf(other)}`));
    other.namespace.run('ip', 'address', 'del', virtualAddress, 'dev', 'enp0s9');
    other.namespace.run('ip', 'address', 'del', six, 'dev', 'enp0s9');
    await until('both have ended', () => splitBrains(own).length >= 4);
    assert.match(
      own.namespace.run('ip', 'address', 'show', 'dev', 'enp0s9'),
      new RegExp(`${virtualAddress}[^]*${six}`),
    );
  });
});
