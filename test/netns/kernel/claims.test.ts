// Who claims an address on a real link: ARP and neighbour advertisements arrive, all else stays in the kernel's filter.

import assert from 'node:assert/strict';
import { openAnnouncer } from '../../../kernel/sockets/announcer.ts';
import { type AddressClaim, watchClaims } from '../../../kernel/sockets/claims.ts';
import { neighbourClaimFilter } from '../../../kernel/sockets/packet-filter.ts';
import { interfaceIndex } from '../../../kernel/system/libc.ts';
import { type IpAddress, ip } from '../../../net/ip-address.ts';
import { connect, createNamespace, type Namespace, removeNamespaces, until } from '../namespaces.ts';

const mac = '52:54:00:00:00:02';

describe('claims of an address', () => {
  let near: Namespace;
  let far: Namespace;
  let index = 0;
  before(async () => {
    near = createNamespace('near');
    far = createNamespace('far');
    connect(
      { namespace: near, interface: 'near0', addresses: ['192.0.2.1/24', 'fe80::1/64'] },
      {
        namespace: far,
        interface: 'far0',
        addresses: ['192.0.2.2/24', '192.0.2.100/24', 'fe80::2/64', 'fd00::100/64'],
      },
    );
    far.run('ip', 'link', 'set', 'far0', 'address', mac);
    index = near.enter(() => interfaceIndex('near0')) ?? 0;
    for (const [namespace, name] of [
      [near, 'near0'],
      [far, 'far0'],
    ] as const)
      await until('the carrier', () => namespace.run('cat', `/sys/class/net/${name}/operstate`).trim() === 'up');
  });
  after(removeNamespaces);

  const listen = (addresses: readonly IpAddress[]) => {
    const heard: AddressClaim[] = [];
    return { heard, watch: near.enter(() => watchClaims(index, addresses, (claim) => void heard.push(claim))) };
  };
  const farAnnounces = (...addresses: IpAddress[]): void => {
    const announcer = far.enter(openAnnouncer);
    const interfaceOfFar = far.enter(() => interfaceIndex('far0')) ?? 0;
    const failures = far.enter(() =>
      announcer.announce(addresses.map((address) => ({ interfaceIndex: interfaceOfFar, mac, address }))),
    );
    announcer.close();
    assert.deepEqual(failures, []);
  };

  it('are heard of the addresses that were asked for, and of no other', async () => {
    const { heard, watch } = listen([ip('192.0.2.100'), ip('fd00::100'), ip('192.0.2.7')]);
    farAnnounces(ip('192.0.2.2'), ip('fd00::2'), ip('192.0.2.100'), ip('fe80::100'), ip('fd00::100'));
    await until('both are heard', () => heard.length >= 2);
    assert.deepEqual(
      heard.toSorted((one, other) => one.address.localeCompare(other.address)),
      [
        { mac, address: ip('192.0.2.100') },
        { mac, address: ip('fd00::100') },
      ],
    );
    watch.close();
  });

  it('answer a probe of either family, and neighbours learn nothing from the question', async () => {
    const { heard, watch } = listen([ip('192.0.2.100'), ip('fd00::100')]);
    const announcer = near.enter(openAnnouncer);
    const own = near.run('cat', '/sys/class/net/near0/address').trim();
    const failures = near.enter(() =>
      announcer.announce([
        { interfaceIndex: index, mac: own, address: ip('192.0.2.100'), probe: {} },
        { interfaceIndex: index, mac: own, address: ip('fd00::100'), probe: { source: ip('fe80::1') } },
      ]),
    );
    assert.deepEqual(failures, []);
    await until('both answer', () => new Set(heard.map(({ address }) => address)).size === 2);
    assert.ok(heard.every((claim) => claim.mac === mac));
    assert.doesNotMatch(far.run('ip', 'neighbour', 'show'), /192\.0\.2\.100|fd00::100/);
    announcer.close();
    watch.close();
  });

  it('are heard of thousands of addresses, which no filter tells apart', async () => {
    const many = Array.from({ length: 3000 }, (_, host) => ip(`10.1.${host >> 8}.${host & 255}`));
    const { heard, watch } = listen([...many, ip('192.0.2.100')]);
    farAnnounces(ip('192.0.2.2'), ip('192.0.2.100'));
    await until('it is heard', () => heard.length > 0);
    assert.deepEqual(heard, [{ mac, address: ip('192.0.2.100') }]);
    watch.close();
  });

  it('fit the kernel as a program up to its limit', () => {
    assert.equal(neighbourClaimFilter(Array(2044).fill(ip('fd00::1'))).length / 8, 4096);
    assert.equal(neighbourClaimFilter(Array(2045).fill(ip('fd00::1'))).length / 8, 7);
  });
});
