// Real connections through the kernel's IPVS, by every way of forwarding, in both families, with every scheduler.

import assert from 'node:assert/strict';
import { dump } from 'js-yaml';
import type { Scheduler as AnyScheduler } from '../../../config/model/service-model.ts';
import { applySysctls, restoreSysctls } from '../../../controller/sysctls.ts';
import { removeNamespaces } from '../../netns/namespaces.ts';
import { extent } from '../../prove/extent.ts';
import { configOf, type InProcessTable, listing, openTable } from '../controller/in-process-table.ts';
import {
  client,
  type ForwardingNetwork,
  openForwardingNetwork,
  type ServerName,
  serverAddresses,
  vip,
} from './forwarding-network.ts';
import { rememberSysctls } from './remembered-sysctls.ts';

type Family = keyof typeof vip;
type Row = {
  readonly name: string;
  readonly port: number;
  readonly family: Family;
  readonly serverFamily: Family;
  readonly protocol: 'tcp' | 'udp';
  readonly scheduler: Scheduler;
  /** How `ipvsadm -Ln` calls the way of forwarding. */
  readonly shown: 'Masq' | 'Route' | 'Tunnel';
  readonly keys: Readonly<Record<string, unknown>>;
};

type Scheduler = Exclude<AnyScheduler, 'twos'>;
/**
 * Whether its connections, opened one after the other and kept open, reach both servers; undefined where both is right.
 * Debian's kernel has no twos.
 */
const spreads: Readonly<Record<Scheduler, boolean | undefined>> = {
  ...{ rr: true, wrr: true, lc: true, wlc: true, sed: true, nq: true, ovf: true },
  // By the address of the client or of the service; the first of the heaviest.
  ...{ dh: false, sh: false, mh: false, fo: false },
  // The same as long as it is not overloaded, which a server of weight 1 soon is.
  ...{ lblc: undefined, lblcr: undefined },
};
/** These count established connections alone, and UDP has none: a server never looks busier than the other. */
const countsEstablished: readonly Scheduler[] = ['sed', 'nq', 'ovf'];
const ways = ['masq', 'direct', 'ipip', 'gue', 'gre'] as const;
const families: readonly (readonly [Family, Family])[] = [
  ['ipv4', 'ipv4'],
  ['ipv6', 'ipv6'],
  ['ipv4', 'ipv6'],
  ['ipv6', 'ipv4'],
];
const connections = 4;
/** More of them would wait for each other longer than for an answer where the machine is emulated. */
const rowsAtOnce = 20;
/** Of one line of a client: more than one packet, so that tunnels must tell it of their smaller size. */
const lineLength = 5000;
const firstPort = 2000;
const isLong = extent(1, 0) === 1;

const forwardingOf = (way: (typeof ways)[number]): Pick<Row, 'shown' | 'keys'> => {
  if (way === 'masq') return { shown: 'Masq', keys: { forwarding: 'masq' } };
  if (way === 'direct') return { shown: 'Route', keys: { forwarding: 'direct' } };
  return { shown: 'Tunnel', keys: { forwarding: 'tunnel', tunnel: { type: way } } };
};

const rows: Row[] = [];
const add = (row: Omit<Row, 'port'>): void => void rows.push({ ...row, port: firstPort + rows.length });
for (const way of ways) {
  for (const [family, serverFamily] of families) {
    // Only tunnels change the family.
    if (family !== serverFamily && (way === 'masq' || way === 'direct')) continue;
    for (const protocol of ['tcp', 'udp'] as const) {
      for (const scheduler of Object.keys(spreads) as Scheduler[]) {
        const isShort = scheduler === 'wrr' || (way === 'masq' && family === 'ipv4' && protocol === 'tcp');
        if (!isLong && !isShort) continue;
        const name = `${way} ${family}${family === serverFamily ? '' : ` to ${serverFamily}`} ${protocol} ${scheduler}`;
        add({ name, family, serverFamily, protocol, scheduler, ...forwardingOf(way) });
      }
    }
  }
}

const persistent: Row = {
  ...{
    name: 'masq ipv4 tcp wrr with persistence',
    port: firstPort + rows.length,
    family: 'ipv4',
    serverFamily: 'ipv4',
  },
  ...{ protocol: 'tcp', scheduler: 'wrr', shown: 'Masq', keys: { persistence: { timeout: '5m' } } },
};
rows.push(persistent);

/** Opens each row's connections one after the other, some rows at once, keeps them, and prints the answers by port. */
const clientScript = `
  const rows = JSON.parse(process.argv[1]);
  const line = 'x'.repeat(${lineLength - 1}) + '\\n';
  const askByTcp = (address, port) => new Promise((resolve) => {
    let text = '';
    const socket = require('node:net').connect(port, address, () => socket.write(line));
    socket.setTimeout(5000, () => resolve('nothing'));
    socket.on('error', ({ code }) => resolve(code));
    socket.on('data', (data) => { text += data; if (text.endsWith('\\n')) resolve(text.trim()); });
  });
  const askByUdp = (address, port, family) => new Promise((resolve) => {
    const socket = require('node:dgram').createSocket(family === 'ipv4' ? 'udp4' : 'udp6');
    setTimeout(() => resolve('nothing'), 5000);
    socket.on('error', ({ code }) => resolve(code));
    socket.on('message', (data) => resolve(String(data)));
    socket.send('x'.repeat(100), port, address);
  });
  const found = [];
  const askRow = async ({ address, port, protocol, family }) => {
    const answers = [];
    while (answers.length < ${connections} && !answers.some((answer) => !answer.startsWith('rs')))
      answers.push(await (protocol === 'tcp' ? askByTcp : askByUdp)(address, port, family));
    found.push([port, answers]);
  };
  const askInTurn = async () => { for (let row = rows.pop(); row !== undefined; row = rows.pop()) await askRow(row); };
  Promise.all(Array.from({ length: ${rowsAtOnce} }, askInTurn)).then(() => { console.log(JSON.stringify(found)); process.exit(); });`;

const bracket = (address: string): string => (address.includes(':') ? `[${address}]` : address);

describe('real connections', function () {
  this.timeout(extent(600_000, 120_000));
  let network: ForwardingNetwork;
  let table: InProcessTable;
  const sysctls = rememberSysctls();
  let answers: ReadonlyMap<number, readonly string[]>;
  let listed: readonly string[];

  /** The answers to each row's connections, by its port. */
  const ask = async (asked: readonly Row[]): Promise<ReadonlyMap<number, readonly string[]>> => {
    const targets = asked.map(({ port, protocol, family }) => ({ port, protocol, family, address: vip[family] }));
    return new Map(JSON.parse(await network.onClient(clientScript, JSON.stringify(targets))));
  };

  before(async () => {
    network = await openForwardingNetwork(rows.map(({ port }) => port));
    const services = rows.map(({ name, family, serverFamily, port, protocol, scheduler, keys }) => ({
      name: name.replaceAll(' ', '-'),
      address: `${bracket(vip[family])}:${port}`,
      protocol,
      scheduler,
      ...keys,
      real_servers: Object.entries(serverAddresses).map(([server, address]) => ({
        name: server,
        address: `${bracket(address[serverFamily])}:${port}`,
      })),
    }));
    const config = configOf(dump({ virtual_services: services }));
    network.director.enter(() => applySysctls(config, sysctls, () => {}));
    table = openTable(network.director, config);
    table.reconcile();
    answers = await ask(rows);
    listed = listing(network.director);
  });
  after(async () => {
    await table?.clear();
    table?.remove();
    network?.director.enter(() => restoreSysctls(sysctls, () => {}));
    network?.close();
    removeNamespaces();
  });

  it('find a table without an error, and one that a second turn leaves alone', () => {
    assert.deepEqual(
      table.log.filter((line) => line.startsWith('error')),
      [],
    );
    const written = table.writes();
    table.reconcile();
    assert.equal(table.writes(), written);
  });

  for (const row of rows) {
    const { name, port, family, serverFamily, protocol, scheduler, shown } = row;
    it(`${name}: answered, as ipvsadm shows`, () => {
      const given = answers.get(port) ?? [];
      const length = protocol === 'tcp' ? lineLength : 100;
      for (const answer of given) assert.match(answer, new RegExp(`^rs[01] ${client[family]} ${length}$`));
      const names = new Set(given.map((answer) => answer.slice(0, 3)));
      const staysAtOne = row === persistent || (protocol === 'udp' && countsEstablished.includes(scheduler));
      assert.equal(names.size, !staysAtOne && (spreads[scheduler] ?? names.size === 2) ? 2 : 1);
      const start = listed.findIndex(
        (line) => line.startsWith(`${protocol.toUpperCase()} `) && line.includes(`:${port} `),
      );
      const remembers = row === persistent ? ' persistent 300' : '';
      assert.equal(listed[start], `${protocol.toUpperCase()} ${bracket(vip[family])}:${port} ${scheduler}${remembers}`);
      const servers = Object.entries(serverAddresses) as [ServerName, (typeof serverAddresses)[ServerName]][];
      for (const [server, address] of servers) {
        const count = given.filter((answer) => answer.startsWith(server)).length;
        const line = listed
          .slice(start + 1, start + 3)
          .find((one) => one.includes(`${bracket(address[serverFamily])}:`));
        const [left, right] = [`-> ${bracket(address[serverFamily])}:${port} ${shown} 1 `, line ?? 'not in the table'];
        assert.ok(right.startsWith(left), `${server}: ${right}`);
        const [active = 0, inactive = 0] = right.split(' ').slice(-2).map(Number);
        assert.equal(active + inactive, count, right);
        if (protocol === 'udp') assert.equal(active, 0, right);
      }
    });
  }

  it('of a client that persistence remembers go to another server once its own is drained', async () => {
    const [first = ''] = answers.get(persistent.port) ?? [];
    table.standings.set(first.slice(0, 3), { health: 'up', drained: true });
    table.reconcile();
    const again = (await ask([persistent])).get(persistent.port) ?? [];
    const other = first.startsWith('rs0') ? 'rs1' : 'rs0';
    assert.deepEqual(
      again.map((answer) => answer.slice(0, 3)),
      Array(connections).fill(other),
    );
  });
});
