// Established connections outlive the director that forwarded them when the directors tell each other of connections, and not else.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { applySysctls } from '../../../controller/sysctls.ts';
import { connect, createNamespace, type Namespace, removeNamespaces } from '../../netns/namespaces.ts';
import { sleep } from '../../netns/vrrp/hosts.ts';
import { configOf, type InProcessTable, openTable } from './in-process-table.ts';
import { patience } from './running-director.ts';

const connections = 20;
const service = `virtual_services:
  - { name: echo, address: 192.168.55.100:7, real_servers: [{ name: rs0, address: 192.168.66.111 }] }
`;
const sync = 'connection_sync: { interface: enp0s8, sync_id: 51 }\n';

const echo = `require('node:net').createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(7, () => console.log('up'))`;
/** Opens connections, asks once on each; then again for each line of input. Tells how many were answered. */
const client = `
  const net = require('node:net');
  const sockets = Array.from({ length: ${connections} }, () => net.connect(7, '192.168.55.100').on('error', () => {}));
  const ask = async () => {
    const answers = sockets.map((socket) => new Promise((resolve) => {
      const limit = setTimeout(() => resolve(false), 8000);
      socket.once('data', () => { clearTimeout(limit); resolve(true); });
      socket.once('close', () => { clearTimeout(limit); resolve(false); });
      socket.write('x');
    }));
    console.log((await Promise.all(answers)).filter(Boolean).length);
  };
  process.stdin.on('data', ask);
  ask();`;

describe('connection synchronisation', () => {
  const children: ChildProcess[] = [];
  const tables: InProcessTable[] = [];

  const on = (namespace: Namespace, command: string): string => {
    const [program = '', ...args] = command.split(' ');
    return namespace.run(program, ...args);
  };
  const start = (namespace: Namespace, script: string) => {
    const child = spawn('ip', ['netns', 'exec', namespace.name, process.execPath, '-e', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    children.push(child);
    return {
      child,
      line: () => new Promise<string>((resolve) => child.stdout.once('data', (text) => resolve(String(text)))),
    };
  };

  /** Two directors between a client and a server; the first one holds the addresses. */
  const build = () => {
    const [cable, cl, rs] = ['cable', 'cl', 'rs'].map(createNamespace) as [Namespace, Namespace, Namespace];
    const directors = ['lb0', 'lb1'].map(createNamespace) as [Namespace, Namespace];
    for (const network of ['55', '66']) {
      on(cable, `ip link add br${network} type bridge forward_delay 0 stp_state 0 mcast_snooping 0`);
      on(cable, `ip link set br${network} up`);
    }
    const plug = (host: Namespace, label: string, network: string, address: string): void => {
      const port = `${label}-${network}`;
      connect(
        { namespace: host, interface: network === '55' ? 'enp0s9' : 'enp0s8', addresses: [address] },
        { namespace: cable, interface: port },
      );
      on(cable, `ip link set ${port} master br${network}`);
    };
    plug(cl, 'cl', '55', '192.168.55.200/24');
    plug(rs, 'rs', '66', '192.168.66.111/24');
    for (const [index, director] of directors.entries()) {
      plug(director, `lb${index}`, '55', `192.168.55.1${index + 1}/24`);
      plug(director, `lb${index}`, '66', `192.168.66.1${index + 1}/24`);
    }
    on(rs, 'ip route add default via 192.168.66.100');
    const hold = (director: Namespace): void => {
      on(director, 'ip address add 192.168.55.100/32 dev enp0s9');
      on(director, 'ip address add 192.168.66.100/32 dev enp0s8');
      for (const host of [cl, rs]) on(host, 'ip neigh flush all');
    };
    hold(directors[0]);
    return {
      cl,
      rs,
      directors,
      failOver: () => {
        for (const network of ['55', '66']) on(cable, `ip link set lb0-${network} nomaster`);
        hold(directors[1]);
      },
    };
  };

  afterEach(async () => {
    for (const child of children.splice(0)) child.kill();
    for (const table of tables.splice(0)) {
      await table.clear();
      table.remove();
    }
    removeNamespaces();
  });

  for (const [what, section, survivors] of [
    ['with connection_sync all connections', sync, connections],
    ['without it no connection', '', 0],
  ] as const)
    it(`${what} outlive a director that is cut off silently`, async function () {
      this.timeout(2 * patience);
      const { cl, rs, directors, failOver } = build();
      const config = configOf(`${service}${section}`);
      for (const director of directors) {
        director.enter(() => applySysctls(config, () => {}));
        const table = openTable(director, config);
        tables.push(table);
        table.reconcile();
        assert.deepEqual(
          table.log.filter((line) => line.startsWith('error')),
          [],
        );
      }
      await start(rs, echo).line();
      const asking = start(cl, client);
      assert.equal(Number(await asking.line()), connections);
      // The master daemon sends what it has gathered within two seconds.
      await sleep(3000);
      failOver();
      const answered = asking.line();
      asking.child.stdin.write('again\n');
      assert.equal(Number(await answered), survivors);
    });
});
