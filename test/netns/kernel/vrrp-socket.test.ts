// VRRP packets between two namespaces: what arrives, what does not, and how failures look.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import type { Ipv4Packet } from '../../../kernel/ipv4-packet.ts';
import {
  AF_INET,
  closeDescriptor,
  int32,
  interfaceIndex,
  openSocket,
  SOCK_DGRAM,
  setSocketOption,
} from '../../../kernel/libc.ts';
import { openVrrpSocket, type VrrpSocket, type VrrpSocketOptions, vrrpGroup } from '../../../kernel/vrrp-socket.ts';
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

describe('a VRRP socket', () => {
  let left: Namespace;
  let right: Namespace;
  const open: VrrpSocket[] = [];

  const openOn = (
    namespace: Namespace,
    name: string,
    source: string,
    more: Partial<VrrpSocketOptions> = {},
  ): { socket: VrrpSocket; packets: Ipv4Packet[]; drops: string[]; errors: string[] } => {
    const packets: Ipv4Packet[] = [];
    const drops: string[] = [];
    const errors: string[] = [];
    const socket = namespace.enter(() =>
      openVrrpSocket({
        transport: 'ipv4-multicast',
        interface: name,
        interfaceIndex: interfaceIndex(name) ?? 0,
        source,
        onPacket: (packet) => packets.push(packet),
        onDrop: (reason) => drops.push(reason),
        onError: (error) => errors.push(error.message),
        ...more,
      }),
    );
    open.push(socket);
    return { socket, packets, drops, errors };
  };
  const texts = (packets: readonly Ipv4Packet[]): string[] => packets.map(({ payload }) => payload.toString());

  before(async () => {
    left = createNamespace('left');
    right = createNamespace('right');
    for (const [name, net] of [
      ['enp0s8', '192.168.66'],
      ['enp0s9', '192.168.55'],
    ] as const)
      connect(
        // The virtual address comes first, to tempt the kernel's choice of a source.
        { namespace: left, interface: name, addresses: [`${net}.100/32`, `${net}.11/24`] },
        { namespace: right, interface: name, addresses: [`${net}.12/24`] },
      );
    const isUp = (name: string): boolean => left.run('cat', `/sys/class/net/${name}/operstate`).trim() === 'up';
    await until('the carriers', () => isUp('enp0s8') && isUp('enp0s9'));
  });
  afterEach(() => {
    for (const socket of open.splice(0)) socket.close();
  });
  after(removeNamespaces);

  it('RFC 9568 5.1.1: sends from the primary address to the group, with a TTL of 255', async () => {
    const sender = openOn(left, 'enp0s9', '192.168.55.11');
    const receiver = openOn(right, 'enp0s9', '192.168.55.12');
    sender.socket.send(Buffer.from('hello'), vrrpGroup);
    await until('a packet', () => receiver.packets.length > 0);
    assert.deepEqual(receiver.packets, [
      { source: '192.168.55.11', destination: '224.0.0.18', ttl: 255, payload: Buffer.from('hello') },
    ]);
    assert.deepEqual([receiver.drops, receiver.errors, sender.errors], [[], [], []]);
  });

  it('marks packets as internetwork control', async () => {
    const sender = openOn(left, 'enp0s9', '192.168.55.11');
    const capture = spawnLines(right, 'tcpdump', '-i', 'enp0s9', '-c', '1', '-nvl', 'proto', '112');
    await until('tcpdump', () => /listening on/.test(capture.text()), 5000);
    sender.socket.send(Buffer.from('hello'), vrrpGroup);
    await until('a capture', () => /224\.0\.0\.18/.test(capture.text()));
    assert.match(capture.text(), /tos 0xc0, ttl 255/);
  });

  it('RFC 9568 5.1.1.2: sends to the link alone, and does not hear itself or another on its host', async () => {
    const sender = openOn(left, 'enp0s9', '192.168.55.11');
    const beside = openOn(left, 'enp0s9', '192.168.55.11');
    const receiver = openOn(right, 'enp0s9', '192.168.55.12');
    sender.socket.send(Buffer.from('hello'), vrrpGroup);
    await until('a packet', () => receiver.packets.length > 0);
    assert.deepEqual([sender.packets, beside.packets], [[], []]);
  });

  it('hears its own interface alone', async () => {
    const on8 = openOn(right, 'enp0s8', '192.168.66.12');
    const on9 = openOn(right, 'enp0s9', '192.168.55.12');
    openOn(left, 'enp0s8', '192.168.66.11').socket.send(Buffer.from('eight'), vrrpGroup);
    openOn(left, 'enp0s9', '192.168.55.11').socket.send(Buffer.from('nine'), vrrpGroup);
    await until('both', () => on8.packets.length > 0 && on9.packets.length > 0);
    await sleep(20);
    assert.deepEqual([texts(on8.packets), texts(on9.packets)], [['eight'], ['nine']]);
  });

  it('does not hear a group that another program has joined on its interface', async () => {
    const receiver = openOn(right, 'enp0s9', '192.168.55.12');
    const other = right.enter(() => {
      const fd = openSocket(AF_INET, SOCK_DGRAM, 0);
      const IP_ADD_MEMBERSHIP = 35;
      const group = Buffer.concat([Buffer.from([224, 0, 0, 81, 0, 0, 0, 0]), int32(interfaceIndex('enp0s9') ?? 0)]);
      setSocketOption(fd, 0, IP_ADD_MEMBERSHIP, group);
      return fd;
    });
    const sender = openOn(left, 'enp0s9', '192.168.55.11');
    sender.socket.send(Buffer.from('other group'), '224.0.0.81');
    sender.socket.send(Buffer.from('ours'), vrrpGroup);
    await until('a packet', () => receiver.packets.length > 0);
    await sleep(20);
    closeDescriptor(other);
    assert.deepEqual(texts(receiver.packets), ['ours']);
  });

  it('hands packets to code whose promises settle in the same turn', async () => {
    let settled = 0;
    openOn(right, 'enp0s9', '192.168.55.12', {
      onPacket: () =>
        void Promise.resolve().then(() => {
          settled = performance.now();
        }),
    });
    const start = performance.now();
    openOn(left, 'enp0s9', '192.168.55.11').socket.send(Buffer.from('hello'), vrrpGroup);
    // No timer in between that would run microtasks for it.
    await sleep(100);
    assert.ok(settled > start && settled - start < 50, `${settled - start} ms`);
  });

  it('says that the interface is down, and works again when it is up', async () => {
    const sender = openOn(left, 'enp0s8', '192.168.66.11');
    const receiver = openOn(right, 'enp0s8', '192.168.66.12');
    left.run('ip', 'link', 'set', 'enp0s8', 'down');
    assert.throws(() => sender.socket.send(Buffer.from('lost'), vrrpGroup), {
      name: 'KernelError',
      message: /^Cannot send an advertisement on enp0s8: ENET(DOWN|UNREACH) /,
    });
    left.run('ip', 'link', 'set', 'enp0s8', 'up');
    await until('the carrier', () => left.run('cat', '/sys/class/net/enp0s8/operstate').trim() === 'up');
    sender.socket.send(Buffer.from('back'), vrrpGroup);
    await until('a packet', () => receiver.packets.length > 0);
    assert.deepEqual(texts(receiver.packets), ['back']);
    assert.deepEqual([sender.errors, receiver.errors], [[], []]);
  });

  it('says which interface does not exist', () =>
    assert.throws(() => openOn(left, 'gone0', '192.168.55.11'), {
      message: 'Cannot set SO_BINDTODEVICE on gone0: ENODEV (No such device)',
    }));

  it('sends nothing once it is closed', () => {
    const { socket } = openOn(left, 'enp0s9', '192.168.55.11');
    socket.close();
    socket.close();
    assert.throws(() => socket.send(Buffer.from('late'), vrrpGroup), { code: 'EBADF' });
  });

  it('says which capability it lacks', () => {
    const module = new URL('../../../kernel/vrrp-socket.js', import.meta.url).href;
    const script = `import { openVrrpSocket } from '${module}';
      try { openVrrpSocket({ interface: 'lo', interfaceIndex: 1, source: '127.0.0.1' }); } catch (error) { console.log(error.message); }`;
    const drop = ['--bounding-set', '-net_raw', process.execPath, '--input-type=module', '-e', script];
    assert.equal(
      spawnSync('setpriv', drop, { encoding: 'utf8' }).stdout.trim(),
      'Cannot open a VRRP socket on lo: EPERM (Operation not permitted: CAP_NET_RAW is missing)',
    );
  });
});
