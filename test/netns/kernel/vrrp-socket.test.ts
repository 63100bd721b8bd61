// VRRP packets between two namespaces, over both families, to the group as to one host: what arrives, what does not, and how failures look.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { openByPackage, openRawSocket } from '../../../kernel/sockets/open-raw-socket.ts';
import { openVrrpSocket } from '../../../kernel/sockets/open-vrrp-socket.ts';
import type { OpenRawSocket } from '../../../kernel/sockets/raw-socket.ts';
import { openByCalls } from '../../../kernel/sockets/raw-socket-by-calls.ts';
import { vrrpGroups } from '../../../kernel/sockets/vrrp-group.ts';
import type { SendPath, VrrpSocket, VrrpSocketOptions } from '../../../kernel/sockets/vrrp-socket.ts';
import {
  AF_INET,
  AF_INET6,
  closeDescriptor,
  int32,
  interfaceIndex,
  openSocket,
  SOCK_DGRAM,
  setSocketOption,
} from '../../../kernel/system/libc.ts';
import { ip } from '../../../net/ip-address.ts';
import type { IpPacket } from '../../../net/ipv4-packet.ts';
import { sendFromAfar } from '../far-sender.ts';
import { connect, createNamespace, type Namespace, removeNamespaces, until } from '../namespaces.ts';

const sleep = (span: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, span));

/** Starts a program in a namespace and gathers what it prints. */
const spawnLines = (namespace: Namespace, command: string, ...args: string[]): { text(): string } => {
  let output = '';
  const child = namespace.enter(() => spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] }));
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk;
    });
  return { text: () => output };
};

/** Without the package there is one way; the tests of packages start whole directors in it. */
const ipv4Ways = [
  ...(openByPackage === undefined ? [] : [{ way: 'ipv4 by the package raw-socket', openRaw: openByPackage }]),
  { way: 'ipv4 by system calls', openRaw: openByCalls },
];

type Receiver = {
  readonly socket: VrrpSocket;
  readonly packets: IpPacket[];
  /** How many came together. */
  readonly batches: number[];
  readonly drops: string[];
  readonly errors: string[];
};

const families = [
  ...ipv4Ways.map((way) => ({
    ...way,
    family: 'ipv4' as const,
    near: ip('192.168.55.11'),
    second: ip('192.168.55.10'),
    far: ip('192.168.55.12'),
    other: ip('192.168.66.11'),
    otherGroup: ip('224.0.0.81'),
    marks: /tos 0xc0, ttl 255/,
  })),
  {
    way: 'ipv6',
    openRaw: openRawSocket,
    family: 'ipv6' as const,
    near: ip('fe80::11'),
    second: ip('fd55::11'),
    far: ip('fe80::12'),
    other: ip('fe80::66:11'),
    otherGroup: ip('ff02::81'),
    marks: /class 0xc0,.* hlim 255/,
  },
];

describe('a VRRP socket', () => {
  let left: Namespace;
  let right: Namespace;
  const open: VrrpSocket[] = [];

  const openBy = (
    openRaw: OpenRawSocket,
    namespace: Namespace,
    name: string,
    family: 'ipv4' | 'ipv6',
    more: Partial<VrrpSocketOptions>,
  ): Receiver => {
    const packets: IpPacket[] = [];
    const batches: number[] = [];
    const drops: string[] = [];
    const errors: string[] = [];
    const socket = namespace.enter(() =>
      openVrrpSocket(
        {
          family,
          joinsGroup: true,
          interface: name,
          interfaceIndex: interfaceIndex(name) ?? 0,
          onPackets: (some) => {
            packets.push(...some);
            batches.push(some.length);
          },
          onDrop: (reason) => drops.push(reason),
          onError: (error) => errors.push(error.message),
          ...more,
        },
        openRaw,
      ),
    );
    open.push(socket);
    return { socket, packets, batches, drops, errors };
  };
  const texts = (packets: readonly IpPacket[]): string[] => packets.map(({ payload }) => payload.toString());
  const isUp = (name: string): boolean => left.run('cat', `/sys/class/net/${name}/operstate`).trim() === 'up';

  before(async () => {
    left = createNamespace('left');
    right = createNamespace('right');
    for (const [name, net, last] of [
      ['enp0s8', '66', '66:'],
      ['enp0s9', '55', ''],
    ] as const)
      connect(
        // The virtual address comes first, to tempt the kernel's choice of a source.
        {
          namespace: left,
          interface: name,
          addresses: [
            `192.168.${net}.100/32`,
            `192.168.${net}.11/24`,
            `192.168.${net}.10/24`,
            `fe80::${last}100/64`,
            `fe80::${last}11/64`,
            `fd${net}::11/64`,
          ],
        },
        {
          namespace: right,
          interface: name,
          addresses: [`192.168.${net}.12/24`, `fe80::${last}12/64`, `fd${net}::12/64`],
        },
      );
    // Else the kernel takes an interface's IPv6 addresses away while it is down.
    for (const host of [left, right]) host.run('sysctl', '-qw', 'net.ipv6.conf.all.keep_addr_on_down=1');
    await until('the carriers', () => isUp('enp0s8') && isUp('enp0s9'));
  });
  afterEach(() => {
    for (const socket of open.splice(0)) socket.close();
  });
  after(removeNamespaces);

  for (const { way, openRaw, family, near, second, far, other, otherGroup, marks } of families)
    describe(`of ${way}`, () => {
      const openOn = (namespace: Namespace, name: string, more: Partial<VrrpSocketOptions> = {}): Receiver =>
        openBy(openRaw, namespace, name, family, more);
      const group = vrrpGroups[family];
      const toGroup: SendPath = { source: near, destination: group };

      for (const [name, path] of [
        ['the group', toGroup],
        ['one host', { source: near, destination: far }],
        ['the group from another of its addresses', { source: second, destination: group }],
      ] as const)
        it(`RFC 9568 5.1: sends to ${name} from the address given, with a TTL of 255`, async () => {
          const sender = openOn(left, 'enp0s9');
          const receiver = openOn(right, 'enp0s9');
          sender.socket.send(Buffer.from('hello'), path);
          await until('a packet', () => receiver.packets.length > 0);
          assert.deepEqual(receiver.packets, [{ ...path, ttl: 255, payload: Buffer.from('hello') }]);
          assert.deepEqual([receiver.drops, receiver.errors, sender.errors, sender.packets], [[], [], [], []]);
        });

      it('marks packets as internetwork control', async () => {
        const sender = openOn(left, 'enp0s9');
        const capture = spawnLines(
          right,
          'tcpdump',
          '-i',
          'enp0s9',
          '-c',
          '1',
          '-nvl',
          'ip proto 112 or ip6 proto 112',
        );
        await until('tcpdump', () => /listening on/.test(capture.text()));
        sender.socket.send(Buffer.from('hello'), toGroup);
        await until('a capture', () => /224\.0\.0\.18|ff02::12/.test(capture.text()));
        assert.match(capture.text(), marks);
      });

      it('sends to the link alone, and does not hear itself or another on its host', async () => {
        const sender = openOn(left, 'enp0s9');
        const beside = openOn(left, 'enp0s9');
        const receiver = openOn(right, 'enp0s9');
        sender.socket.send(Buffer.from('hello'), toGroup);
        await until('a packet', () => receiver.packets.length > 0);
        assert.deepEqual([sender.packets, beside.packets], [[], []]);
      });

      it('hears its own interface alone', async () => {
        const on8 = openOn(right, 'enp0s8');
        const on9 = openOn(right, 'enp0s9');
        openOn(left, 'enp0s8').socket.send(Buffer.from('eight'), { source: other, destination: group });
        openOn(left, 'enp0s9').socket.send(Buffer.from('nine'), toGroup);
        await until('both', () => on8.packets.length > 0 && on9.packets.length > 0);
        await sleep(20);
        assert.deepEqual([texts(on8.packets), texts(on9.packets)], [['eight'], ['nine']]);
      });

      it('does not hear the group unless it joined it, and joins it on its own interface alone', async () => {
        const receiver = openOn(right, 'enp0s9', { joinsGroup: false });
        const sender = openOn(left, 'enp0s9');
        sender.socket.send(Buffer.from('to all'), toGroup);
        sender.socket.send(Buffer.from('to one'), { source: near, destination: far });
        await until('a packet', () => receiver.packets.length > 0);
        await sleep(20);
        assert.deepEqual(texts(receiver.packets), ['to one']);
        assert.match(left.run('ip', 'maddress', 'show', 'dev', 'enp0s9'), new RegExp(` ${group}\\b`));
        assert.doesNotMatch(left.run('ip', 'maddress', 'show', 'dev', 'enp0s8'), new RegExp(` ${group}\\b`));
      });

      it('does not hear a group that another program has joined on its interface', async () => {
        const receiver = openOn(right, 'enp0s9');
        const isIpv4 = family === 'ipv4';
        const joined = right.enter(() => {
          const fd = openSocket(isIpv4 ? AF_INET : AF_INET6, SOCK_DGRAM, 0);
          const index = int32(interfaceIndex('enp0s9') ?? 0);
          // struct ip_mreqn for IP_ADD_MEMBERSHIP, struct ipv6_mreq for IPV6_ADD_MEMBERSHIP.
          const address = isIpv4
            ? Buffer.from([224, 0, 0, 81, 0, 0, 0, 0])
            : Buffer.from(`ff02${'0'.repeat(26)}81`, 'hex');
          setSocketOption(fd, isIpv4 ? 0 : 41, isIpv4 ? 35 : 20, Buffer.concat([address, index]));
          return fd;
        });
        const sender = openOn(left, 'enp0s9');
        sender.socket.send(Buffer.from('other group'), { source: near, destination: otherGroup });
        sender.socket.send(Buffer.from('ours'), toGroup);
        await until('a packet', () => receiver.packets.length > 0);
        await sleep(20);
        closeDescriptor(joined);
        assert.deepEqual(texts(receiver.packets), ['ours']);
      });

      for (const [name, destination] of [
        ['the group', group],
        ['one host', far],
      ] as const)
        it(`tells the TTL of what was sent to ${name}: 254 after one router`, async () => {
          const receiver = openOn(right, 'enp0s9');
          sendFromAfar(left, 'enp0s9', 254, Buffer.from('far'), { source: near, destination });
          await until('a packet', () => receiver.packets.length > 0);
          assert.deepEqual(receiver.packets, [{ source: near, destination, ttl: 254, payload: Buffer.from('far') }]);
        });

      it('hears a thousand packets in one go', async () => {
        const receiver = openOn(right, 'enp0s9');
        const sender = openOn(left, 'enp0s9');
        for (let count = 0; count < 1000; count += 1) sender.socket.send(Buffer.from(String(count)), toGroup);
        await until('all of them', () => receiver.packets.length === 1000);
        assert.equal(texts(receiver.packets).at(-1), '999');
        assert.ok(receiver.batches.length <= 10, receiver.batches.join(' '));
      });

      it('hands packets to code whose promises settle in the same turn', async () => {
        let settled = 0;
        openOn(right, 'enp0s9', {
          onPackets: () =>
            void Promise.resolve().then(() => {
              settled = performance.now();
            }),
        });
        const start = performance.now();
        openOn(left, 'enp0s9').socket.send(Buffer.from('hello'), toGroup);
        // No timer in between that would run microtasks for it.
        await sleep(2000);
        assert.ok(settled > start && settled - start < 1500, `${settled - start} ms`);
      });

      it('says that the interface is down, and works again when it is up', async () => {
        const sender = openOn(left, 'enp0s8');
        const receiver = openOn(right, 'enp0s8');
        const path = { source: other, destination: group };
        left.run('ip', 'link', 'set', 'enp0s8', 'down');
        assert.throws(() => sender.socket.send(Buffer.from('lost'), path), {
          name: 'KernelError',
          message: new RegExp(
            `^Cannot send an advertisement to ${group} on enp0s8: E(NETDOWN|NETUNREACH|ADDRNOTAVAIL) `,
          ),
        });
        left.run('ip', 'link', 'set', 'enp0s8', 'up');
        await until('the carrier', () => isUp('enp0s8'));
        await until('a packet', () => {
          sender.socket.send(Buffer.from('back'), path);
          return receiver.packets.length > 0;
        });
        assert.equal(texts(receiver.packets)[0], 'back');
        assert.deepEqual([sender.errors, receiver.errors], [[], []]);
      });

      it('says which interface does not exist', () =>
        assert.throws(() => openOn(left, 'gone0'), {
          message: 'Cannot set SO_BINDTODEVICE on gone0: ENODEV (No such device)',
        }));

      it('sends nothing once it is closed', () => {
        const { socket } = openOn(left, 'enp0s9');
        socket.close();
        socket.close();
        assert.throws(() => socket.send(Buffer.from('late'), toGroup), { code: 'EBADF' });
      });

      it('says which capability it lacks', () => {
        const module = new URL('../../../kernel/sockets/open-vrrp-socket.js', import.meta.url).href;
        const [file, chosen] =
          openRaw === openByPackage ? ['open-raw-socket', 'openByPackage'] : ['raw-socket-by-calls', 'openByCalls'];
        const ways = new URL(`../../../kernel/sockets/${file}.js`, import.meta.url).href;
        const script = `import { openVrrpSocket } from '${module}'; import { ${chosen} } from '${ways}';
      try { openVrrpSocket({ family: '${family}', interface: 'lo', interfaceIndex: 1 }, ${chosen}); } catch (error) { console.log(error.message); }`;
        const drop = ['--bounding-set', '-net_raw', process.execPath, '--input-type=module', '-e', script];
        assert.match(
          spawnSync('setpriv', drop, { encoding: 'utf8' }).stdout.trim(),
          /^Cannot open a VRRP socket on lo: EPERM \(Operation not permitted/,
        );
      });
    });
});
