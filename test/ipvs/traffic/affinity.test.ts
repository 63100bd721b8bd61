// Which connections go to the same server: by the flags of sh and mh, and by persistence of a network or of a call.

import assert from 'node:assert/strict';
import { dump } from 'js-yaml';
import { applySysctls, restoreSysctls } from '../../../controller/sysctls.ts';
import { removeNamespaces } from '../../netns/namespaces.ts';
import { configOf, type InProcessTable, listing, openTable } from '../controller/in-process-table.ts';
import { client, type ForwardingNetwork, openForwardingNetwork, serverAddresses, vip } from './forwarding-network.ts';
import { rememberSysctls } from './remembered-sysctls.ts';

type Family = keyof typeof vip;

const secondClient = { ipv4: '192.168.55.201', ipv6: 'fd55::201' } as const;
const wholeAddress = { ipv4: 32, ipv6: 128 } as const;
const network = { ipv4: 24, ipv6: 64 } as const;
const firstPort = 2001;
/** Of the connections' own ends: what is hashed, so that each run sees the same. */
const firstLocalPort = 41_000;

/**
 * Opens connections as a line of JSON tells, one after the other, keeps them, and prints a line of their answers:
 * the server's name or an error's. Those with a text are of UDP, and send it.
 */
const clientScript = `
  const open = (options) => new Promise((resolve) => {
    const socket = require('node:net').connect(options, () => socket.write('x\\n'));
    socket.setTimeout(5000, () => resolve('nothing'));
    socket.on('error', ({ code }) => resolve(code)).on('data', (data) => resolve(String(data).slice(0, 3)));
  });
  const send = ({ host, port, localAddress, localPort, text }) => new Promise((resolve) => {
    const socket = require('node:dgram').createSocket('udp4');
    setTimeout(() => resolve('nothing'), 5000);
    socket.on('error', ({ code }) => resolve(code)).on('message', (data) => resolve(String(data).slice(0, 3)));
    socket.bind(localPort, localAddress, () => socket.send(text, port, host));
  });
  require('node:readline').createInterface({ input: process.stdin }).on('line', async (line) => {
    const answers = [];
    for (const options of JSON.parse(line)) answers.push(await (options.text ? send : open)(options));
    console.log(JSON.stringify(answers));
  });`;

type Service = { readonly name: string; readonly port: number; readonly family: Family };
const services: (Service & { readonly keys: Readonly<Record<string, unknown>> })[] = [];
const add = (name: string, keys: Readonly<Record<string, unknown>>, family: Family = 'ipv4'): Service => {
  const service = { name, port: firstPort + services.length, family };
  services.push({ ...service, keys });
  return service;
};

/** One service without the flag and one with it. */
const withAndWithout = (scheduler: string, flag: string, suffix = '', keys = {}) => ({
  without: add(`${scheduler}-without-${flag}${suffix}`, { scheduler, ...keys }),
  with: add(`${scheduler}-with-${flag}${suffix}`, { scheduler, scheduler_flags: [flag], ...keys }),
});
const hashing = (['sh', 'mh'] as const).map((scheduler) => ({
  scheduler,
  port: withAndWithout(scheduler, 'port'),
  drained: withAndWithout(scheduler, 'fallback'),
  full: withAndWithout(scheduler, 'fallback', '-when-full', { max_connections: 1 }),
}));
const persistent = (['ipv4', 'ipv6'] as const).map((family) => {
  const by = (bits: number): Service =>
    add(`persistence-${family}-${bits}`, { scheduler: 'rr', persistence: { granularity: bits } }, family);
  return { family, together: by(network[family]), apart: by(wholeAddress[family]) };
});
const calls = add('calls', {
  protocol: 'udp',
  scheduler: 'rr',
  persistence: { engine: 'sip', granularity: network.ipv4 },
});
const invitation = (callId: string): string =>
  `INVITE sip:b@example.org SIP/2.0\r\nCall-ID: ${callId}\r\nContent-Length: 0\r\n\r\n`;

const bracket = (address: string): string => (address.includes(':') ? `[${address}]` : address);
const serverName = (service: Service, server: string): string => `${service.name}-${server}`;
const otherThan = (server: string): string => (server === 'rs0' ? 'rs1' : 'rs0');

describe('clients', function () {
  this.timeout(180_000);
  let hosts: ForwardingNetwork;
  let table: InProcessTable;
  let onClient: (line: string) => Promise<string>;
  const sysctls = rememberSysctls();
  let localPort = firstLocalPort;

  /** The answers to so many new connections of a client. */
  const ask = async (
    service: Service,
    count: number,
    from: Readonly<Record<Family, string>> = client,
    text?: string,
  ) => {
    const { port, family } = service;
    const [host, localAddress] = [vip[family], from[family]];
    const connections = Array.from({ length: count }, () => ({
      ...{ host, port, localAddress, text },
      localPort: localPort++,
    }));
    return JSON.parse(await onClient(JSON.stringify(connections))) as string[];
  };

  before(async () => {
    hosts = await openForwardingNetwork(services.map(({ port }) => port));
    hosts.client.run('ip', 'address', 'add', `${secondClient.ipv4}/24`, 'dev', 'enp0s9');
    hosts.client.run('ip', 'address', 'add', `${secondClient.ipv6}/64`, 'dev', 'enp0s9', 'nodad');
    const config = configOf(
      dump({
        virtual_services: services.map(({ keys, ...service }) => ({
          name: service.name,
          address: `${bracket(vip[service.family])}:${service.port}`,
          ...keys,
          real_servers: Object.entries(serverAddresses).map(([server, address]) => ({
            name: serverName(service, server),
            address: `${bracket(address[service.family])}:${service.port}`,
          })),
        })),
      }),
    );
    hosts.director.enter(() => applySysctls(config, sysctls, () => {}));
    table = openTable(hosts.director, config);
    table.reconcile();
    assert.deepEqual(
      table.log.filter((line) => line.startsWith('error')),
      [],
    );
    onClient = hosts.openClient(clientScript);
  });
  after(async () => {
    await table?.clear();
    table?.remove();
    hosts?.director.enter(() => restoreSysctls(sysctls, () => {}));
    hosts?.close();
    removeNamespaces();
  });

  for (const { scheduler, port, drained, full } of hashing) {
    it(`keep one server by ${scheduler}, and are spread by their ports with its flag port`, async () => {
      assert.equal(new Set(await ask(port.without, 8)).size, 1);
      assert.deepEqual([...new Set(await ask(port.with, 8))].sort(), ['rs0', 'rs1']);
    });

    const drain = async (service: Service): Promise<{ readonly own: string; readonly next: string | undefined }> => {
      const [own = ''] = await ask(service, 1);
      assert.match(own, /^rs[01]$/);
      table.standings.set(serverName(service, own), { health: 'up', drained: true });
      table.reconcile();
      const address = `${serverAddresses[own as keyof typeof serverAddresses].ipv4}:${service.port}`;
      assert.ok(listing(hosts.director).includes(`-> ${address} Masq 0 1 0`), 'it drains, as it has a connection');
      const [next] = await ask(service, 1);
      return { own, next };
    };
    it(`of a server that drains go to the other by ${scheduler} with fallback, and are refused without`, async () => {
      const fallen = await drain(drained.with);
      assert.equal(fallen.next, otherThan(fallen.own));
      assert.equal((await drain(drained.without)).next, 'ECONNREFUSED');
    });

    it(`of a server that is full go to the other by ${scheduler} with fallback, and are refused without`, async () => {
      const [own = '', next] = await ask(full.with, 2);
      assert.match(own, /^rs[01]$/);
      assert.equal(next, otherThan(own));
      const [first = '', refused] = await ask(full.without, 2);
      assert.match(first, /^rs[01]$/);
      assert.equal(refused, 'ECONNREFUSED');
    });
  }

  for (const { family, together, apart } of persistent) {
    it(`of one /${network[family]} keep one server by such a granularity, and each its own by /${wholeAddress[family]}`, async () => {
      const answersOf = async (service: Service): Promise<string[]> => [
        ...(await ask(service, 2)),
        ...(await ask(service, 2, secondClient)),
      ];
      const [first = '', ...others] = await answersOf(together);
      assert.match(first, /^rs[01]$/);
      assert.deepEqual(others, [first, first, first]);
      const [own = '', ...rest] = await answersOf(apart);
      assert.match(own, /^rs[01]$/);
      assert.deepEqual(rest, [own, otherThan(own), otherThan(own)]);
    });
  }

  it('of one network keep one server for a call, by its Call-ID (SIP), and not for another call', async () => {
    const [first = ''] = await ask(calls, 1, client, invitation('a@example.org'));
    assert.match(first, /^rs[01]$/);
    assert.deepEqual(await ask(calls, 2, secondClient, invitation('a@example.org')), [first, first]);
    assert.deepEqual(await ask(calls, 1, client, invitation('b@example.org')), [otherThan(first)]);
    assert.deepEqual(await ask(calls, 1, client, invitation('a@example.org')), [first]);
  });
});
