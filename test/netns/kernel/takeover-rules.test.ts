// No reset on a real network: who goes on with what nobody knows waits while the rules stand, and is reset without them.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { takeoverRuleset, takeoverTable } from '../../../kernel/nftables/takeover-rules.ts';
import { openRawSocket } from '../../../kernel/sockets/open-raw-socket.ts';
import { internetChecksum, pseudoHeader } from '../../../net/checksum.ts';
import { type IpAddress, ip } from '../../../net/ip-address.ts';
import { connect, createNamespace, type Namespace, removeNamespaces, until } from '../namespaces.ts';

const own = [ip('192.168.55.100'), ip('fd00:55::100')] as const;
/** Behind a server, to which this host forwards. */
const behind = [ip('192.168.66.111'), ip('fd00:66::111')] as const;
const sources = [ip('192.168.55.200'), ip('fd00:55::200')] as const;
const families = ['IPv4', 'IPv6'] as const;

const tcp = 6;
const sourcePort = 4242;
/** Flags of TCP (RFC 9293 3.1). */
const [syn, rst, ack] = [0x02, 0x04, 0x10];

/** A segment to a port where nobody listens. */
const segment = (source: IpAddress, target: IpAddress, flags: number): Buffer => {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(sourcePort, 0);
  header.writeUInt16BE(9, 2);
  header.writeUInt32BE(1, 4);
  header.writeUInt32BE(flags === ack ? 1 : 0, 8);
  header.writeUInt8(5 << 4, 12);
  header.writeUInt8(flags, 13);
  const pseudo = pseudoHeader({ source, destination: target }, tcp, header.length);
  header.writeUInt16BE(internetChecksum(pseudo, header), 16);
  return header;
};

describe('without resets for unknown connections', () => {
  let director: Namespace;
  let client: Namespace;
  /** The flags of what answers a segment; undefined when nothing does within half a second. */
  const answerTo = async (source: IpAddress, target: IpAddress, flags: number): Promise<number | undefined> => {
    const answers: number[] = [];
    const errors: Error[] = [];
    const family = target.includes(':') ? 6 : 4;
    const onPacket = (packet: Buffer): void => {
      const answer = packet.subarray(family === 6 ? 0 : (packet.readUInt8(0) & 15) * 4);
      if (answer.readUInt16BE(2) === sourcePort) answers.push(answer.readUInt8(13));
    };
    const onError = (error: Error): void => void errors.push(error);
    const socket = client.enter(() => openRawSocket({ family, protocol: tcp, onPacket, onError }));
    socket.send(segment(source, target, flags), target);
    for (let waited = 0; waited < 500 && answers.length === 0; waited += 10) await sleep(10);
    socket.close();
    assert.deepEqual(errors, []);
    return answers[0];
  };

  before(async () => {
    director = createNamespace('lb');
    client = createNamespace('cl');
    const server = createNamespace('rs');
    connect(
      { namespace: director, interface: 'enp0s9', addresses: ['192.168.55.11/24', 'fd00:55::11/64'] },
      {
        namespace: client,
        interface: 'enp0s9',
        addresses: sources.map((source) => `${source}/${source.includes(':') ? 64 : 24}`),
      },
    );
    connect(
      { namespace: director, interface: 'enp0s8', addresses: ['192.168.66.11/24', 'fd00:66::11/64'] },
      { namespace: server, interface: 'enp0s8', addresses: ['192.168.66.111/24', 'fd00:66::111/64'] },
    );
    director.run('ip', 'address', 'add', `${own[0]}/32`, 'dev', 'enp0s9');
    director.run('ip', 'address', 'add', `${own[1]}/128`, 'dev', 'enp0s9', 'nodad');
    director.run('sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1');
    for (const [host, gateways] of [
      [client, [ip('192.168.55.11'), ip('fd00:55::11')]],
      [server, [ip('192.168.66.11'), ip('fd00:66::11')]],
    ] as const)
      for (const gateway of gateways) host.run('ip', 'route', 'add', 'default', 'via', gateway);
    // Neighbours over IPv6 find each other a moment after their interfaces are up.
    await until('IPv6 reaches the server', async () => (await answerTo(sources[1], behind[1], ack)) === rst);
  });
  after(removeNamespaces);

  const nft = (ruleset: string): void =>
    void execFileSync('ip', ['netns', 'exec', director.name, 'nft', '-f', '-'], { input: ruleset });

  for (const [index, family] of families.entries()) {
    const source = sources[index] ?? sources[0];
    for (const [whose, targets] of [
      ["this host's own", own],
      ["a server's", behind],
    ] as const) {
      const target = targets[index] ?? targets[0];
      it(`${whose} address of ${family}: a new connection is refused, an unknown one waits`, async () => {
        nft(takeoverRuleset([target]));
        assert.equal(await answerTo(source, target, syn), rst | ack);
        assert.equal(await answerTo(source, target, ack), undefined);
        for (const [other, from] of [...own, ...behind].map((one, at) => [one, sources[at % 2] ?? sources[0]] as const))
          if (other !== target) assert.equal(await answerTo(from, other, ack), rst, other);
      });
    }
  }

  /** What a client is told of an address that nobody holds, to which it sends by this host, within four seconds. */
  const wordOf = (address: IpAddress): string => {
    const ping = ['-n', '-c', '1', '-W', '4', address];
    return spawnSync('ip', ['netns', 'exec', client.name, 'ping', ...ping], { encoding: 'utf8' }).stdout;
  };
  for (const [family, address, gateway] of [
    ['IPv4', ip('192.168.66.100'), ip('192.168.55.11')],
    ['IPv6', ip('fd00:66::100'), ip('fd00:55::11')],
  ] as const)
    it(`an address of ${family} that nobody holds yet: nobody is told that it is not reached`, () => {
      client.run('ip', 'route', 'add', address, 'via', gateway);
      nft(takeoverRuleset([address]));
      assert.match(wordOf(address), /1 packets transmitted, 0 received, 100% packet loss/);
      nft(`delete table inet ${takeoverTable}`);
      assert.match(wordOf(address), /unreachable/i);
      nft(takeoverRuleset([...own, ...behind]));
    });

  it('all are reset once the table is gone', async () => {
    nft(`delete table inet ${takeoverTable}`);
    for (const [index, source] of sources.entries())
      for (const target of [own[index], behind[index]])
        assert.equal(await answerTo(source, target ?? own[0], ack), rst, target);
  });
});
