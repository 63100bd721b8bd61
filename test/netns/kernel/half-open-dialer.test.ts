// Half-open connections on the real kernel: how each ends, that the server's program never sees one, and that nobody but the
// server can answer for it.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import type { Dialled } from '../../../kernel/sockets/dialer.ts';
import { openHalfOpenDialer } from '../../../kernel/sockets/half-open-dialer.ts';
import { type IpAddress, ip } from '../../../net/ip-address.ts';
import { connect, createNamespace, type Namespace, removeNamespaces, until } from '../namespaces.ts';

const descriptors = (): number => readdirSync('/proc/self/fd').length;

describe('a dialer of half-open connections', () => {
  let host: Namespace;
  let peer: Namespace;
  let dialer: ReturnType<typeof openHalfOpenDialer>;
  let server: Server;
  let accepted = 0;

  before(async () => {
    host = createNamespace('half');
    peer = createNamespace('peer');
    connect(
      { namespace: host, interface: 'wire', addresses: ['10.10.0.1/24', '10.10.0.11/24', 'fd10::1/64'] },
      { namespace: peer, interface: 'end', addresses: ['10.10.0.2/24', 'fd10::2/64'] },
    );
    host.run('ip', 'route', 'add', 'unreachable', '10.9.0.0/16');
    host.run('ip', 'route', 'add', '10.20.0.0/16', 'via', '10.10.0.2');
    host.run('ip', '-6', 'route', 'add', 'fd20::/64', 'via', 'fd10::2');
    peer.run('ip', 'route', 'add', 'unreachable', '10.20.0.0/16');
    peer.run('ip', '-6', 'route', 'add', 'unreachable', 'fd20::/64');
    for (const name of ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding']) peer.run('sysctl', '-qw', `${name}=1`);
    peer.run('sh', '-c', "nft add table inet f && nft add chain inet f in '{ type filter hook input priority 0; }'");
    peer.run('nft', 'add', 'rule', 'inet', 'f', 'in', 'tcp', 'dport', '82', 'drop');
    for (const { run } of [host, peer])
      await until('link-local addresses are usable', () => !run('ip', '-6', 'address').includes('tentative'));
    dialer = host.enter(() => openHalfOpenDialer());
    server = peer.enter(() =>
      createServer((socket) => {
        accepted += 1;
        socket.on('error', () => undefined).resume();
      }).listen({ port: 80, backlog: 64 }),
    );
    await until('the server listens', () => server.listening);
  });
  after(() => {
    dialer?.close();
    server?.close();
    removeNamespaces();
  });

  // Some are none.
  const dial = (address: string, port = 80, source?: string, patience = 5000): Promise<Dialled | 'nothing'> =>
    new Promise((resolve) => {
      const cancel = host.enter(() =>
        dialer.dial({ address: address as IpAddress, port }, source as IpAddress | undefined, resolve),
      );
      setTimeout(() => {
        cancel();
        resolve('nothing');
      }, patience).unref();
    });
  const codeOf = (how: Dialled | 'nothing'): string => (how === 'nothing' ? how : how.ok ? 'open' : how.error.code);

  for (const [what, address, port, source, expected] of [
    ['of a server that accepts, over IPv4', '10.10.0.2', 80, undefined, 'open'],
    ['of a server that accepts, over IPv6', 'fd10::2', 80, undefined, 'open'],
    ['from the address that is asked for', '10.10.0.2', 80, '10.10.0.11', 'open'],
    ['to this host itself', '10.10.0.1', 80, undefined, 'ECONNREFUSED'],
    ['where nobody listens', '10.10.0.2', 81, undefined, 'ECONNREFUSED'],
    ['where nobody listens, over IPv6', 'fd10::2', 81, undefined, 'ECONNREFUSED'],
    ['that a firewall drops', '10.10.0.2', 82, undefined, 'nothing'],
    ['that a firewall drops, over IPv6', 'fd10::2', 82, undefined, 'nothing'],
    ['that a router has no way for', '10.20.0.1', 80, undefined, 'EHOSTUNREACH'],
    ['that a router has no way for, over IPv6', 'fd20::1', 80, undefined, 'ENETUNREACH'],
    ['that this host has no way for', '10.9.0.1', 80, undefined, 'EHOSTUNREACH'],
    ['from an address of another host', '10.10.0.2', 80, '10.77.0.1', 'EADDRNOTAVAIL'],
    ['to what is no address', 'web.example', 80, undefined, 'EINVAL'],
    ['between two families', '10.10.0.2', 80, 'fd10::1', 'EINVAL'],
  ] as const) {
    it(`${what} ends with ${expected}`, async () => {
      assert.equal(codeOf(await dial(address, port, source, expected === 'nothing' ? 1000 : 5000)), expected);
    });
  }

  it('ends with EHOSTUNREACH where a neighbour does not answer', async () => {
    assert.equal(codeOf(await dial('10.10.0.77', 80, undefined, 20_000)), 'EHOSTUNREACH');
  });

  it('keeps the errors of one server from the others that are asked in the same call', async () => {
    for (const [unreachable, code, reachable] of [
      ['10.20.0.1', 'EHOSTUNREACH', '10.10.0.2'],
      ['fd20::1', 'ENETUNREACH', 'fd10::2'],
    ] as const) {
      // A router reports no more than some errors a second.
      const addresses = Array.from({ length: 6 }, (_, index) => (index % 2 === 0 ? unreachable : reachable));
      const codes = (await Promise.all(addresses.map((address) => dial(address)))).map(codeOf);
      assert.deepEqual(
        codes,
        addresses.map((address) => (address === unreachable ? code : 'open')),
      );
    }
  });

  it('measures the way there and back', async () => {
    const how = await dial('10.10.0.2');
    assert.ok(how !== 'nothing' && how.ok && how.roundTrip !== undefined && how.roundTrip < 1000);
  });

  it('is reset at the server, whose program sees none of a thousand', async () => {
    const before = accepted;
    const all = await Promise.all(Array.from({ length: 1000 }, () => dial('10.10.0.2', 80, undefined, 20_000)));
    assert.deepEqual(new Set(all.map(codeOf)), new Set(['open']));
    await until('the server has none left', () => {
      const lines = peer.enter(() => readFileSync('/proc/thread-self/net/tcp6', 'utf8')).split('\n');
      return lines.filter((line) => /:0050 [0-9A-F]+:[0-9A-F]{4} 0[13]/.test(line)).length === 0;
    });
    assert.equal(accepted, before);
  });

  it('is not answered by a server whose queue of connections is full', async () => {
    peer.run(
      'python3',
      '-c',
      `
import os, socket, time
s = socket.socket(); s.bind(("", 84)); s.listen(0)
c = socket.socket(); c.connect(("127.0.0.1", 84))
if os.fork(): os._exit(0)
for f in (0, 1, 2): os.close(f)
time.sleep(4)
`,
    );
    assert.equal(codeOf(await dial('10.10.0.2', 84, undefined, 1000)), 'nothing');
  });

  it('sends a SYN again that was lost', async () => {
    peer.run('nft', 'add', 'rule', 'inet', 'f', 'in', 'tcp', 'dport', '80', 'drop');
    setTimeout(() => peer.run('nft', 'flush', 'chain', 'inet', 'f', 'in'), 500);
    assert.equal(codeOf(await dial('10.10.0.2', 80, undefined, 20_000)), 'open');
    peer.run('nft', 'add', 'rule', 'inet', 'f', 'in', 'tcp', 'dport', '82', 'drop');
  });

  it('believes no answer with another sequence number, nor one from another host', async () => {
    const spoof = `
import socket, struct, sys, random
def checksum(d):
    d = d + b"\\0" * (len(d) % 2); s = sum(struct.unpack("!%dH" % (len(d) // 2), d))
    while s >> 16: s = (s & 0xffff) + (s >> 16)
    return ~s & 0xffff
listen = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800)); listen.settimeout(5)
out = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
print("ready", flush=True)
while True:
    p = listen.recv(2048)
    if p[9] != 6 or p[33] != 2: continue
    sport, dport, seq = struct.unpack("!HHI", p[20:28])
    if dport != 82: continue
    break
def send(src, port, ack):
    t = struct.pack("!HHIIBBHHH", port, sport, 7, ack & 0xffffffff, 5 << 4, 0x12, 1000, 0, 0)
    c = checksum(src + p[12:16] + struct.pack("!BBH", 0, 6, 20) + t)
    t = t[:16] + struct.pack("!H", c) + t[18:]
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 40, 0, 0, 64, 6, 0) + src + p[12:16]
    out.sendto(ip + t, (socket.inet_ntoa(p[12:16]), 0))
mode = sys.argv[1]
if mode == "right": send(p[16:20], dport, seq + 1)
if mode == "sequence":
    for ack in (seq, seq + 2, 0, 1): send(p[16:20], dport, ack)
if mode == "port": send(p[16:20], dport + 1, seq + 1)
if mode == "host": send(socket.inet_aton("10.10.0.3"), dport, seq + 1)
`;
    for (const [mode, expected] of [
      ['sequence', 'nothing'],
      ['port', 'nothing'],
      ['host', 'nothing'],
      ['right', 'open'],
    ] as const) {
      const child = spawn('ip', ['netns', 'exec', peer.name, 'python3', '-c', spoof, mode], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      assert.equal(codeOf(await dial('10.10.0.2', 82, undefined, expected === 'nothing' ? 800 : 5000)), expected, mode);
      child.kill();
    }
  });

  it('leaves from the address that the kernel would choose now, for a destination that was asked before', async () => {
    const [to, how] = [{ address: ip('10.10.0.2'), port: 80 }, 'tcp dport 80 counter'];
    for (const from of ['10.10.0.1', '10.10.0.11'])
      peer.run('sh', '-c', `nft add rule inet f in ip saddr ${from} ${how}`);
    const again = (): Promise<Dialled> => new Promise((done) => host.enter(() => dialer.dial(to, undefined, done)));
    const counted = (): string[] =>
      [...peer.run('nft', 'list', 'chain', 'inet', 'f', 'in').matchAll(/saddr (\S+) .*packets (\d+)/g)].map(
        ([, from, packets]) => `${from} ${packets}`,
      );
    const route = (...how: string[]): string =>
      host.run('ip', 'route', 'replace', '10.10.0.0/24', 'dev', 'wire', ...how);
    // The kernel itself resets each connection from the same address.
    for (let round = 0; round < 3; round += 1) await again();
    assert.deepEqual(counted(), ['10.10.0.1 6', '10.10.0.11 0']);
    route('src', '10.10.0.11');
    await again();
    assert.deepEqual(counted(), ['10.10.0.1 6', '10.10.0.11 2']);
    host.run('ip', 'address', 'del', '10.10.0.11/24', 'dev', 'wire');
    route();
    await again();
    assert.deepEqual(counted(), ['10.10.0.1 8', '10.10.0.11 2']);
    host.run('ip', 'address', 'add', '10.10.0.11/24', 'dev', 'wire');
  });

  it('keeps no descriptor but its own', async () => {
    const before = descriptors();
    await Promise.all(Array.from({ length: 200 }, () => dial('10.10.0.2', 80, '10.10.0.11')));
    assert.ok(descriptors() <= before);
    const own = host.enter(() => openHalfOpenDialer());
    await new Promise((resolve) =>
      host.enter(() => own.dial({ address: ip('10.10.0.2'), port: 80 }, undefined, resolve)),
    );
    own.close();
    assert.ok(descriptors() <= before);
  });
});
