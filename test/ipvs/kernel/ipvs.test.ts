// The IPVS table of a real kernel: what regent applies is what ipvsadm shows, and the other way round.

import assert from 'node:assert/strict';
import { diff } from '../../../kernel/diff.ts';
import {
  type DestinationEntry,
  destinationKey,
  isSameDestination,
  isSameService,
  type ServiceEntry,
  serviceKey,
} from '../../../kernel/ipvs/entries.ts';
import { type Ipvs, openIpvs } from '../../../kernel/ipvs/table.ts';
import { type IpAddress, ip } from '../../../net/ip-address.ts';
import { createNamespace, type Namespace, removeNamespaces } from '../../netns/namespaces.ts';

const web: ServiceEntry = { protocol: 'tcp', address: ip('192.168.55.100'), port: 80, scheduler: 'wrr' };
const destination = (address: IpAddress, weight = 100, service = web): DestinationEntry => ({
  service,
  address,
  port: 80,
  forwarding: 'masq',
  weight,
});
const servers = [destination(ip('192.168.66.111')), destination(ip('192.168.66.112'))];

describe('the IPVS table', () => {
  let namespace: Namespace;
  let ipvs: Ipvs;
  beforeEach(() => {
    namespace = createNamespace('ipvs');
    ipvs = namespace.enter(openIpvs);
  });
  afterEach(() => {
    ipvs.close();
    namespace.remove();
  });
  after(removeNamespaces);

  const ipvsadm = (...args: string[]): string => namespace.run('ipvsadm', ...args);
  const listing = (): string[] =>
    ipvsadm('-L', '-n')
      .trimEnd()
      .split('\n')
      .slice(3)
      .map((line) => line.trimEnd());
  const apply = (
    services: readonly ServiceEntry[],
    destinations: readonly DestinationEntry[],
  ): (string | undefined)[] => {
    const ours = new Set(services.map(serviceKey));
    const results = ipvs.apply(
      diff(ipvs.services(), services, { keyOf: serviceKey, isSame: isSameService, isOurs: () => false }),
      diff(
        ipvs
          .services()
          .filter((one) => ours.has(serviceKey(one)))
          .flatMap(ipvs.destinations),
        destinations,
        { keyOf: destinationKey, isSame: isSameDestination, isOurs: () => true },
      ),
    );
    return results.map(({ error }) => error?.message);
  };

  it("is the seed's after one batch, as ipvsadm shows it, and a second finds nothing to do", () => {
    assert.deepEqual(apply([web], servers), [undefined, undefined, undefined]);
    assert.deepEqual(listing().slice(0, 1), ['TCP  192.168.55.100:80 wrr']);
    assert.deepEqual(listing().slice(1).sort(), [
      '  -> 192.168.66.111:80            Masq    100    0          0',
      '  -> 192.168.66.112:80            Masq    100    0          0',
    ]);
    assert.deepEqual(apply([web], servers), []);
  });

  it('shows a deleted destination as one to add, and a changed one as one to update', () => {
    apply([web], servers);
    ipvsadm('-d', '-t', '192.168.55.100:80', '-r', '192.168.66.111:80');
    ipvsadm('-e', '-t', '192.168.55.100:80', '-r', '192.168.66.112:80', '-m', '-w', '7');
    const changes = diff(ipvs.destinations(web), servers, {
      keyOf: destinationKey,
      isSame: isSameDestination,
      isOurs: () => true,
    });
    assert.deepEqual(
      changes.map(({ type, entry }) => `${type} ${entry.address}`),
      ['add 192.168.66.111', 'update 192.168.66.112'],
    );
    apply([web], servers);
    assert.equal(listing().filter((line) => line.includes('Masq    100')).length, 2);
  });

  it('leaves foreign services alone, those of a firewall mark too', () => {
    ipvsadm('-A', '-t', '10.0.0.1:443', '-s', 'lc');
    ipvsadm('-A', '-f', '9', '-s', 'rr');
    ipvsadm('-A', '-u', '10.0.0.1:53', '-s', 'rr');
    apply([web], servers);
    ipvs.apply([{ type: 'remove', entry: web }], []);
    assert.deepEqual(listing().sort(), ['FWM  9 rr', 'TCP  10.0.0.1:443 lc', 'UDP  10.0.0.1:53 rr']);
    assert.deepEqual(ipvs.services().map(serviceKey).sort(), ['mark 9', 'tcp 10.0.0.1:443', 'udp 10.0.0.1:53']);
  });

  it('reads what ipvsadm has made, IPv6 too', () => {
    ipvsadm('-A', '-t', '[fd00::64]:80', '-s', 'sh');
    ipvsadm('-a', '-t', '[fd00::64]:80', '-r', '[fd66::111]:80', '-g', '-w', '3');
    ipvsadm('-a', '-t', '[fd00::64]:80', '-r', '[fd66::112]:80', '-i', '-w', '0');
    const [service] = ipvs.services();
    assert.ok(service);
    assert.equal(`${serviceKey(service)} ${service.scheduler}`, 'tcp [fd00::64]:80 sh');
    const read = ipvs.destinations(service).map((one) => `${destinationKey(one)} ${one.forwarding} ${one.weight}`);
    assert.deepEqual(read.sort(), [
      'tcp [fd00::64]:80 -> [fd66::111]:80 direct 3',
      'tcp [fd00::64]:80 -> [fd66::112]:80 tunnel 0',
    ]);
  });

  it('writes IPv6 services with each forwarding method', () => {
    const six = { ...web, address: ip('fd00::64') };
    const entries = (['masq', 'direct', 'tunnel'] as const).map(
      (forwarding, index): DestinationEntry => ({ ...destination(ip(`fd66::${index + 1}`), 1, six), forwarding }),
    );
    assert.deepEqual(apply([six], entries), [undefined, undefined, undefined, undefined]);
    assert.deepEqual(
      listing()
        .map((line) => line.trim().split(/ +/).slice(0, 4).join(' '))
        .sort(),
      ['-> [fd66::1]:80 Masq 1', '-> [fd66::2]:80 Route 1', '-> [fd66::3]:80 Tunnel 1', 'TCP [fd00::64]:80 wrr'],
    );
  });

  it('puts right scheduler, persistence, weight and thresholds that somebody else has set', () => {
    ipvsadm('-A', '-t', '192.168.55.100:80', '-s', 'rr', '-p', '300', '-M', ip('255.255.255.0'));
    ipvsadm('-a', '-t', '192.168.55.100:80', '-r', ip('192.168.66.111'), '-m', '-w', '1', '-x', '50', '-y', '40');
    assert.deepEqual(apply([web], servers.slice(0, 1)), [undefined, undefined]);
    assert.equal(listing()[0], 'TCP  192.168.55.100:80 wrr');
    assert.match(ipvsadm('-L', '-n', '--thresholds'), /192\.168\.66\.111:80 +0 +0/);
    assert.match(listing()[1] ?? '', /Masq +100 /);
  });

  describe('the digest of settings', () => {
    const digest = (): string | undefined => ipvs.settings(web);
    const change = (...args: string[]): void => void ipvsadm(...args);
    const [vip, rs0, rs1] = ['192.168.55.100:80', '192.168.66.111', '192.168.66.112'];
    beforeEach(() => {
      change('-A', '-t', vip, '-s', 'mh');
      change('-a', '-t', vip, '-r', rs0, '-m', '-w', '1', '-x', '50');
      change('-a', '-t', vip, '-r', rs1, '-i', '-w', '1', '--tun-type', 'gue', '--tun-port', '6080');
    });

    it('is equal as long as nothing changes, and where a weight does, which the listing has', () => {
      const before = digest();
      assert.ok(before);
      assert.equal(digest(), before);
      change('-e', '-t', vip, '-r', rs0, '-m', '-w', '9', '-x', '50');
      assert.equal(digest(), before);
    });
    for (const [what, ...args] of [
      ['an upper threshold', '-e', '-t', vip, '-r', rs0, '-m', '-w', '1', '-x', '51'],
      ['a lower threshold', '-e', '-t', vip, '-r', rs0, '-m', '-w', '1', '-x', '50', '-y', '20'],
      ['a way of forwarding', '-e', '-t', vip, '-r', rs0, '-g', '-w', '1', '-x', '50'],
      ['a tunnel', '-e', '-t', vip, '-r', rs1, '-i', '-w', '1', '--tun-type', 'gue', '--tun-port', '6081'],
      ['flags of the scheduler', '-E', '-t', vip, '-s', 'mh', '-b', 'mh-port'],
      ['a scheduler', '-E', '-t', vip, '-s', 'rr'],
      ['persistence', '-E', '-t', vip, '-s', 'mh', '-p', '60'],
      ['a server that went', '-d', '-t', vip, '-r', rs1],
      ['a server that came', '-a', '-t', vip, '-r', '192.168.66.113', '-m'],
    ] as const)
      it(`is another for ${what}`, () => {
        const before = digest();
        change(...args);
        assert.notEqual(digest(), before);
      });
    it('is none where the service is gone', () => {
      change('-D', '-t', vip);
      assert.equal(digest(), undefined);
    });
  });

  it('takes what is already as wanted as done', () => {
    const add = { type: 'add', entry: web } as const;
    const heavier = destination(ip('192.168.66.111'), 5);
    ipvs.apply(
      [add],
      servers.map((entry) => ({ type: 'add', entry })),
    );
    const errors = ipvs
      .apply(
        [add],
        [
          { type: 'add', entry: heavier },
          { type: 'remove', entry: destination(ip('192.168.66.119')) },
          { type: 'update', from: destination(ip('192.168.66.113'), 1), entry: destination(ip('192.168.66.113'), 2) },
          { type: 'remove', entry: { ...heavier, service: { ...web, port: 81 } } },
        ],
      )
      .map(({ error }) => error?.message);
    assert.deepEqual(errors, Array(5).fill(undefined));
    assert.deepEqual(
      ipvs
        .destinations(web)
        .map(({ address, weight }) => `${address} ${weight}`)
        .sort(),
      ['192.168.66.111 5', '192.168.66.112 100', '192.168.66.113 2'],
    );
    assert.deepEqual(
      ipvs
        .apply(
          [
            { type: 'remove', entry: web },
            { type: 'remove', entry: web },
          ],
          [],
        )
        .map(({ error }) => error),
      [undefined, undefined],
    );
  });

  it('says what the kernel refused, and does the rest', () => {
    const results = ipvs.apply(
      [
        { type: 'add', entry: { ...web, scheduler: 'nonsense' } },
        { type: 'add', entry: { ...web, port: 81 } },
      ],
      [{ type: 'add', entry: destination(ip('192.168.66.111')) }],
    );
    assert.deepEqual(
      results.map(({ error }) => error?.message),
      [
        'Cannot add IPVS service tcp 192.168.55.100:80 (nonsense): ENOENT (No such file or directory)',
        undefined,
        'Cannot add IPVS destination tcp 192.168.55.100:80 -> 192.168.66.111:80 (masq, weight 100): ESRCH (No such process)',
      ],
    );
    assert.deepEqual(listing(), ['TCP  192.168.55.100:81 wrr']);
  });

  it('has no destinations for a service that is not there', () => assert.deepEqual(ipvs.destinations(web), []));

  it('tells its version', () =>
    assert.match(
      ipvsadm('-L', '-n'),
      new RegExp(`version ${ipvs.info().version} \\(size=${ipvs.info().connectionTableSize}\\)`),
    ));

  it('takes and lists 1,000 destinations in bounded time', () => {
    const many = Array.from({ length: 1000 }, (_, index) => destination(ip(`10.1.${index >> 8}.${index & 0xff}`)));
    const start = performance.now();
    const results = ipvs.apply(
      [{ type: 'add', entry: web }],
      many.map((entry) => ({ type: 'add', entry })),
    );
    const applied = performance.now();
    assert.equal(results.filter(({ error }) => error !== undefined).length, 0);
    assert.deepEqual(new Set(ipvs.destinations(web).map(destinationKey)), new Set(many.map(destinationKey)));
    const listed = performance.now();
    console.log(
      `      1,000 destinations: applied in ${Math.round(applied - start)} ms, listed in ${Math.round(listed - applied)} ms`,
    );
    assert.ok(listed - start < 10_000);
  });
});
