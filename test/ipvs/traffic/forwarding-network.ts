// A client, a director and two real servers that are set up for every way of forwarding: masquerading, direct routing, tunnels.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { createNamespace, type Namespace } from '../../netns/namespaces.ts';

export const vip = { ipv4: '192.168.55.100', ipv6: 'fd55::100' } as const;
export const client = { ipv4: '192.168.55.200', ipv6: 'fd55::200' } as const;
/** Where GUE arrives on the real servers. */
export const guePort = 6080;

export const serverAddresses = {
  rs0: { ipv4: '192.168.66.111', ipv6: 'fd66::111' },
  rs1: { ipv4: '192.168.66.112', ipv6: 'fd66::112' },
} as const;
export type ServerName = keyof typeof serverAddresses;
const director = { ipv4: '192.168.66.1', ipv6: 'fd66::1' } as const;

const modules = ['ipip', 'sit', 'ip6_tunnel', 'ip_gre', 'ip6_gre', 'fou', 'fou6'];

/**
 * Answers on its ports by its name, the client's address and how many bytes a line had; keeps connections open. Datagrams
 * are answered likewise. Arguments: name, ports.
 */
const serverScript = `
  const [name, ports] = [process.argv[1], JSON.parse(process.argv[2])];
  let left = 2 * ports.length;
  const done = () => --left || console.log('up');
  for (const port of ports) {
    require('node:net').createServer((socket) => {
      let count = 0;
      socket.on('error', () => {}).on('data', (data) => {
        count += data.length;
        if (data.at(-1) !== 10) return;
        socket.write([name, socket.remoteAddress.replace('::ffff:', ''), count].join(' ') + '\\n');
        count = 0;
      });
    }).listen(port, '::', done);
    const udp = require('node:dgram').createSocket('udp6');
    udp.on('message', (data, { address, port: from }) =>
      udp.send([name, address.replace('::ffff:', ''), data.length].join(' '), from, address));
    udp.bind(port, '::', done);
  }`;

export type ForwardingNetwork = {
  readonly director: Namespace;
  readonly client: Namespace;
  readonly servers: Readonly<Record<ServerName, Namespace>>;
  /** Runs a script on the client. @returns its output */
  readonly onClient: (script: string, ...args: string[]) => Promise<string>;
  /** Starts a script on the client that stays and answers each line with a line. */
  readonly openClient: (script: string) => (line: string) => Promise<string>;
  readonly close: () => void;
};

/** Runs lines of shell in a namespace, in one process: each costs an emulated machine a tenth of a second. */
const run = (namespace: Namespace, lines: string): void => void namespace.run('sh', '-ec', lines);

const start = (namespace: Namespace, script: string, args: readonly string[]): ChildProcess =>
  spawn('ip', ['netns', 'exec', namespace.name, process.execPath, '-e', script, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });

const outputOf = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => {
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    child.on('close', () => resolve(text));
  });

/**
 * What a real server needs. Direct routing and tunnels: the virtual addresses where nobody asks for them by ARP (IPv6 never
 * tells of addresses of the loopback), and no filter of reverse paths, since packets come in by one way and leave by another.
 * Tunnels: a device for each way of wrapping. Masquerading: replies from its own address go back through the director.
 */
const prepareServer = (server: Namespace, name: ServerName): void => {
  const { ipv4, ipv6 } = serverAddresses[name];
  run(
    server,
    `sysctl -q -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2 net.ipv4.conf.all.rp_filter=0
     ip address add ${vip.ipv4}/32 dev lo
     ip address add ${vip.ipv6}/128 dev lo nodad
     ip rule add from ${ipv4} lookup 66
     ip route add default via ${director.ipv4} table 66
     ip -6 rule add from ${ipv6} lookup 66
     ip -6 route add default via ${director.ipv6} table 66
     ip link add four type ipip local ${ipv4} remote ${director.ipv4}
     ip link add six-in-four type sit local ${ipv4} remote ${director.ipv4}
     ip link add six type ip6tnl mode any local ${ipv6} remote ${director.ipv6}
     ip link add gre4 type gre local ${ipv4} remote ${director.ipv4}
     ip link add gre6 type ip6gre local ${ipv6} remote ${director.ipv6}
     ip fou add port ${guePort} gue
     ip -6 fou add port ${guePort} gue
     for device in four six-in-four six gre4 gre6; do
       ip link set $device up
       sysctl -q -w net/ipv4/conf/$device/rp_filter=0
     done`,
  );
};

/** Builds it. Clients and directors share one network, directors and servers the other; servers reach clients by both. */
export const openForwardingNetwork = async (ports: readonly number[]): Promise<ForwardingNetwork> => {
  spawnSync('modprobe', ['-a', ...modules]);
  const [cable, cl, lb] = ['cable', 'cl', 'lb'].map(createNamespace) as [Namespace, Namespace, Namespace];
  for (const network of ['55', '66']) {
    run(
      cable,
      `ip link add br${network} type bridge forward_delay 0 stp_state 0 mcast_snooping 0
       ip link set br${network} up`,
    );
  }
  const plug = (host: Namespace, label: string, network: string, four: string, six: string): void => {
    const name = network === '55' ? 'enp0s9' : 'enp0s8';
    run(
      cable,
      `ip link add ${label}-${network} type veth peer name ${name} netns ${host.name}
       ip link set ${label}-${network} master br${network} up`,
    );
    run(
      host,
      `ip address add ${four}/24 dev ${name}
       ip address add ${six}/64 dev ${name} nodad
       ip link set ${name} up`,
    );
  };
  plug(cl, 'cl', '55', client.ipv4, client.ipv6);
  plug(lb, 'lb', '55', '192.168.55.1', 'fd55::1');
  plug(lb, 'lb', '66', director.ipv4, director.ipv6);
  run(
    lb,
    `ip address add ${vip.ipv4}/32 dev enp0s9
     ip address add ${vip.ipv6}/128 dev enp0s9 nodad`,
  );
  const children: ChildProcess[] = [];
  const servers = { rs0: createNamespace('rs0'), rs1: createNamespace('rs1') };
  for (const [name, { ipv4, ipv6 }] of Object.entries(serverAddresses) as [
    ServerName,
    (typeof serverAddresses)[ServerName],
  ][]) {
    const server = servers[name];
    const last = ipv4.split('.').at(-1);
    plug(server, name, '66', ipv4, ipv6);
    plug(server, name, '55', `192.168.55.${last}`, `fd55::${last}`);
    prepareServer(server, name);
    const child = start(server, serverScript, [name, JSON.stringify(ports)]);
    children.push(child);
    await new Promise((resolve) => child.stdout?.once('data', resolve));
  }
  return {
    director: lb,
    client: cl,
    servers,
    onClient: (script, ...args) => outputOf(start(cl, script, args)),
    openClient: (script) => {
      const child = start(cl, script, []);
      children.push(child);
      const { stdin, stdout } = child;
      if (stdin === null || stdout === null) throw new Error('unreachable');
      const answers = createInterface({ input: stdout })[Symbol.asyncIterator]();
      return async (line) => {
        stdin.write(`${line}\n`);
        return String((await answers.next()).value);
      };
    },
    close: () => {
      for (const child of children) child.kill();
    },
  };
};
