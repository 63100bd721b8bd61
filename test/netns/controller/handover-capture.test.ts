// What a third host on the cable sees of a handover and of its end: who says what in which order, and that somebody always answers.

import assert from 'node:assert/strict';
import {
  AF_PACKET,
  closeDescriptor,
  interfaceIndex,
  openSocket,
  SOCK_DGRAM,
  sendTo,
} from '../../../kernel/system/libc.ts';
import { createNamespace, type Namespace, until } from '../namespaces.ts';
import { closeHosts, type Host, openHosts, sleep } from '../vrrp/hosts.ts';
import { openLookout, type Sight } from './lookout.ts';
import { addressesOf, askStatus, configure, operate, router, startConfigured } from './operated-director.ts';

const [vip, gateway] = ['192.168.55.100', '192.168.55.101'];
const client = { address: '192.168.55.200', mac: '02:00:c0:a8:37:c8' };
const askEvery = 5;

const hex = (...words: string[]): Buffer => Buffer.from(words.join('').replaceAll(/[.:]/g, ''), 'hex');
const ip = (address: string): string => Buffer.from(address.split('.').map(Number)).toString('hex');

/** RFC 826: who has the address? */
const question = (address: string): Buffer =>
  hex('0001 0800 06 04 0001'.replaceAll(' ', ''), client.mac, ip(client.address), '000000000000', ip(address));
/** struct sockaddr_ll (packet(7)), to everybody. */
const everybody = (index: number): Buffer => {
  const to = Buffer.alloc(20);
  to.writeUInt16LE(AF_PACKET, 0);
  to.writeUInt16BE(0x0806, 2);
  to.writeUInt32LE(index, 4);
  to[11] = 6;
  to.fill(0xff, 12, 18);
  return to;
};

describe('a capture of a handover', function () {
  this.timeout(120_000);
  let hosts: Readonly<Record<'lb0' | 'lb1', Host>>;
  let cl: Namespace;
  const lookout = openLookout();

  /** Asks who has the addresses every few milliseconds while `action` goes on, and shows what was seen in the kernel's order. */
  const capture = async (action: () => Promise<unknown>): Promise<readonly Sight[]> => {
    const fd = cl.enter(() => openSocket(AF_PACKET, SOCK_DGRAM, 0));
    const to = everybody(cl.enter(() => interfaceIndex('enp0s9')) ?? 0);
    lookout.forget();
    const asking = setInterval(() => {
      for (const address of [vip, gateway]) sendTo(fd, question(address), to);
    }, askEvery);
    await action();
    await sleep(1500);
    clearInterval(asking);
    closeDescriptor(fd);
    await sleep(300);
    return lookout.sights();
  };
  const firstOf = (seen: readonly Sight[], what: string, from = 0): number => {
    const found = seen.find((sight) => sight.what === what && sight.time >= from)?.time;
    assert.ok(found !== undefined, `nobody saw: ${what}`);
    return found;
  };
  /** Every question has its answer before long; a reply comes out of the kernel of whoever holds the address. */
  const unanswered = (seen: readonly Sight[], address: string): number[] => {
    const answers = seen.filter(({ what }) => what.endsWith(`answers ${address}`)).map(({ time }) => time);
    return seen
      .filter(({ what }) => what === `cl asks ${address}`)
      .map(({ time }) => time)
      .filter((asked) => !answers.some((time) => time >= asked && time < asked + (2 * askEvery) / 1000));
  };

  before(async () => {
    const [lb0, lb1] = openHosts();
    hosts = { lb0, lb1 };
    // A bridge in place of the cable, so that a third host sees and asks.
    const bridge = createNamespace('sw');
    cl = createNamespace('cl');
    bridge.run('ip', 'link', 'add', 'br0', 'type', 'bridge', 'mcast_snooping', '0');
    bridge.run('ip', 'link', 'set', 'br0', 'up');
    lb0.namespace.run('ip', 'link', 'del', 'enp0s9');
    for (const [host, octet, ...mac] of [
      [lb0.namespace, 11],
      [lb1.namespace, 12],
      [cl, 200, 'address', client.mac],
    ] as const) {
      const [port, far] = [`p${octet}`, ['name', 'enp0s9', ...mac, 'netns', host.name]];
      bridge.run('ip', 'link', 'add', port, 'type', 'veth', 'peer', ...far);
      bridge.run('ip', 'link', 'set', port, 'master', 'br0', 'up');
      host.run('ip', 'address', 'add', `192.168.55.${octet}/24`, 'dev', 'enp0s9');
      host.run('ip', 'link', 'set', 'enp0s9', 'up');
    }
    for (const [name, { namespace }] of Object.entries(hosts)) lookout.of(name, namespace);
    lookout.at(cl);
    for (const [host, priority] of [
      [lb0, 150],
      [lb1, 100],
    ] as const) {
      configure(host, [], {
        vrrp: {
          groups: [{ name: 'lab', routers: ['vip', 'gateway'] }],
          routers: [router('vip', 51, priority, [`${vip}/32`]), router('gateway', 52, priority, [`${gateway}/32`])],
        },
      });
      startConfigured(host);
    }
    await until('lb0 rules', () => addressesOf(lb0).includes(`${gateway}/32`));
    await until('lb1 hears it', async () => (await askStatus(lb1))?.routers[0]?.master?.priority === 150);
    await until('the capture sees it', () => lookout.sights().some(({ what }) => what === 'lb0 advertisement 52'));
  });
  after(async function () {
    if (!this.test?.parent?.tests.every(({ state }) => state === 'passed')) {
      const told = lookout.sights().flatMap(({ time, what }) => (/asks|answers/.test(what) ? [] : [`${time} ${what}`]));
      console.error(`${hosts.lb0.log()}\n${hosts.lb1.log()}\n${told.join('\n')}`);
    }
    lookout.close();
    await closeHosts();
  });

  it('shows farewell, advertisement of the successor, gratuitous ARP and removal in this order, and no question unanswered', async () => {
    const seen = await capture(async () => {
      const { code, out } = await operate(hosts.lb0, 'handover');
      assert.equal(code, 0, out);
    });
    for (const [id, address] of [
      [51, vip],
      [52, gateway],
    ] as const) {
      const farewell = firstOf(seen, `lb0 farewell ${id}`);
      const advertisement = firstOf(seen, `lb1 advertisement ${id}`, farewell);
      const announcement = firstOf(seen, `lb1 announces ${address}`, advertisement);
      firstOf(seen, `lb0 removes ${address}`, announcement);
      assert.equal(
        seen.filter(({ what, time }) => what === `lb1 announces ${address}` && time < advertisement).length,
        0,
      );
      const asked = seen.filter(({ what }) => what === `cl asks ${address}`);
      assert.ok(asked.length > 100, `${asked.length} questions`);
      assert.deepEqual(unanswered(seen, address), []);
    }
  });

  it('shows that lb0 takes back without a question unanswered, and announces before lb1 removes', async () => {
    const seen = await capture(async () => {
      assert.equal((await operate(hosts.lb0, 'resume')).code, 0);
      await until('lb0 rules', () => addressesOf(hosts.lb0).includes(`${gateway}/32`));
    });
    for (const [id, address] of [
      [51, vip],
      [52, gateway],
    ] as const) {
      const announcement = firstOf(seen, `lb0 announces ${address}`);
      firstOf(seen, `lb1 removes ${address}`, announcement);
      firstOf(seen, `lb0 advertisement ${id}`, announcement);
      assert.deepEqual(unanswered(seen, address), []);
    }
  });
});
