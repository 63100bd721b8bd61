// 255 routers on one interface: their announcements leave at the rate that is configured, at a takeover as in a storm of lower advertisements.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { milliseconds } from '../../../base/units.ts';
import { openVrrpSocket } from '../../../kernel/sockets/open-vrrp-socket.ts';
import { vrrpGroups } from '../../../kernel/sockets/vrrp-group.ts';
import { interfaceIndex } from '../../../kernel/system/libc.ts';
import { type IpAddress, ip } from '../../../net/ip-address.ts';
import { encodeAdvertisement } from '../../../vrrp/protocol/packet.ts';
import { until } from '../namespaces.ts';
import { closeHosts, type Host, openHosts, sleep, startRouters } from './hosts.ts';

/** Announcements a second; twice as many may leave at once. */
const rate = 50;
const ids = Array.from({ length: 255 }, (_, index) => index + 1);
const addressOf = (id: number): IpAddress => ip(`10.55.0.${id}`);

type Announced = { readonly at: number; readonly address: IpAddress };

describe('255 routers on one interface', function () {
  this.timeout(60_000);
  let director: Host;
  let peer: Host;
  const announced: Announced[] = [];
  beforeEach(async () => {
    [director, peer] = openHosts();
    const tcpdump = ['tcpdump', '-i', 'enp0s9', '-n', '-l', '-tt', '--immediate-mode', '-B', '4096', 'arp'];
    const child = spawn('ip', ['netns', 'exec', peer.namespace.name, ...tcpdump], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    createInterface(child.stdout).on('line', (line) => {
      const [, at, address] = /^([\d.]+) ARP, Request who-has (\S+) .*tell \2,/.exec(line) ?? [];
      if (address !== undefined) announced.push({ at: Number(at), address: ip(address) });
    });
    await once(child.stderr, 'data');
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') console.error(director.log().slice(0, 20_000));
    await closeHosts();
  });

  /** Of each router, from the peer, with a priority that none of them yields to. */
  const storm = (rounds: number): void =>
    peer.namespace.enter(() => {
      const socket = openVrrpSocket({
        family: 'ipv4',
        joinsGroup: false,
        interface: 'enp0s9',
        interfaceIndex: interfaceIndex('enp0s9') ?? 0,
        onPackets: () => undefined,
        onDrop: () => undefined,
        onError: () => undefined,
      });
      const path = { source: ip('192.168.55.12'), destination: vrrpGroups.ipv4 };
      for (let round = 0; round < rounds; round += 1)
        for (const virtualRouterId of ids) {
          const addresses = [addressOf(virtualRouterId)];
          const interval = milliseconds(500);
          const advertisement = { version: 3, virtualRouterId, priority: 1, interval, addresses } as const;
          socket.send(Buffer.from(encodeAdvertisement(advertisement, path, { dialect: 'rfc5798' })), path);
        }
      socket.close();
    });

  it('announce at the rate, and all of them', async () => {
    const routers = ids.map((id) => ({
      name: `r${id}`,
      interface: 'enp0s9',
      virtual_router_id: id,
      priority: 254,
      advertisement_interval: '500ms',
      addresses: [`${addressOf(id)}/32`],
    }));
    startRouters(director, routers, { announce_rate: rate });
    const addresses = () => new Set(announced.map(({ address }) => address)).size;
    await until('all are announced', () => addresses() === ids.length);
    for (let round = 0; round < 4; round += 1) {
      storm(2);
      await sleep(300);
    }
    assert.doesNotMatch(director.log(), /lost:/);
    const [first] = announced;
    assert.ok(first !== undefined);
    for (const { at } of announced) {
      const within = announced.filter((other) => other.at >= at && other.at < at + 1).length;
      assert.ok(within <= 3 * rate, `${within} announcements within a second`);
    }
    const span = (announced.at(-1)?.at ?? 0) - first.at;
    assert.ok(announced.length <= 2 * rate + rate * span + 1, `${announced.length} announcements in ${span} s`);
  });
});
