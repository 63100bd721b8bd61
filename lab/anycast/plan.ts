// The fleet: directors that announce the same addresses to a router, and real servers that answer past them. Pure data.
//
//   cl0 ── front ── r0 ── fabric ── lb0 lb1 lb2 …, rs0 rs1 rs2 …

import type { HostPlan } from '../namespaces.ts';

export type EngineType = 'bird' | 'frr';

export type FleetPlan = {
  /** The routing daemon of each director; they are named lb0, lb1 and so on. */
  readonly directors: readonly EngineType[];
  /** The router's. */
  readonly router: EngineType;
  readonly servers: number;
  /** Of the addresses, in seconds. */
  readonly lease: number;
  /** Of the router's sessions, in seconds. */
  readonly holdTime: number;
  /** How long directors serve on after a withdrawal, in seconds. */
  readonly drain?: number;
  /** Whether directors and router watch each other by BFD. */
  readonly bfd?: boolean;
};

export type FleetNetwork = 'front' | 'fabric';
export const fleetNetworks: readonly FleetNetwork[] = ['front', 'fabric'];

export const client = 'cl0';
export const router = 'r0';
export const virtualAddresses = ['203.0.113.10', '2001:db8::10'] as const;
export const servicePort = 80;
export const anycastInterface = 'regent0';

export const directorSystem = 64_512;
export const routerSystem = 64_500;
export const routerAddress = '192.168.66.1';

export const directorsOf = ({ directors }: FleetPlan): readonly string[] => directors.map((_, index) => `lb${index}`);
export const serversOf = ({ servers }: FleetPlan): readonly string[] =>
  Array.from({ length: servers }, (_, index) => `rs${index}`);

const numberOf = (name: string): number => Number(name.slice(2));

/** A host's number in its networks. */
const lastOctetOf = (name: string): number => {
  if (name === router) return 1;
  if (name === client) return 200;
  return (name.startsWith('lb') ? 11 : 111) + numberOf(name);
};

/** A host's addresses behind the router. */
export const fabricAddresses = (name: string): readonly [string, string] => [
  `192.168.66.${lastOctetOf(name)}`,
  `fd00:66::${lastOctetOf(name)}`,
];

/** The director with this address. */
export const directorAt = (address: string, plan: FleetPlan): string | undefined =>
  directorsOf(plan).find((name) => fabricAddresses(name).includes(address));

const attachmentOf = (name: string, network: FleetNetwork) => {
  const third = network === 'front' ? 55 : 66;
  const last = lastOctetOf(name);
  return {
    network,
    interface: network,
    addresses: [`192.168.${third}.${last}/24`, `fd00:${third}::${last}/64`],
  };
};

const defaultVia = (third: number) => [
  { to: 'default', via: `192.168.${third}.1` },
  { to: '::/0', via: `fd00:${third}::1` },
];

// Replies do not come back the way that requests go.
const usual = ['net.ipv4.conf.all.rp_filter=0', 'net.ipv4.conf.default.rp_filter=0'];
const forwarding = ['net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1'];
/** By addresses and ports: all packets of a connection take one way. */
const byFlow = ['net.ipv4.fib_multipath_hash_policy=1', 'net.ipv6.fib_multipath_hash_policy=1'];
/** What a real server needs for direct routing: it holds the virtual address, and answers no ARP for it. */
const directRouting = ['net.ipv4.conf.all.arp_ignore=1', 'net.ipv4.conf.all.arp_announce=2'];
/** More local ports than connections. */
const manyPorts = ['net.ipv4.ip_local_port_range=10000 60999'];

export const fleetHosts = (plan: FleetPlan): readonly HostPlan<string, FleetNetwork>[] => [
  {
    name: client,
    attachments: [attachmentOf(client, 'front')],
    routes: defaultVia(55),
    settings: [...usual, ...manyPorts],
  },
  {
    name: router,
    attachments: [attachmentOf(router, 'front'), attachmentOf(router, 'fabric')],
    routes: [],
    settings: [...usual, ...forwarding, ...byFlow],
  },
  ...directorsOf(plan).map((name) => ({
    name,
    attachments: [attachmentOf(name, 'fabric')],
    routes: defaultVia(66),
    settings: [...usual, ...forwarding],
  })),
  ...serversOf(plan).map((name) => ({
    name,
    attachments: [attachmentOf(name, 'fabric')],
    routes: defaultVia(66),
    settings: [...usual, ...directRouting],
  })),
];

/** The configuration of a director. */
export const configurationOf = (name: string, plan: FleetPlan, engineSocket: string, keyFile: string) => {
  const [own] = fabricAddresses(name);
  const service = (family: 0 | 1) => ({
    name: family === 0 ? 'web' : 'web6',
    address: family === 0 ? `${virtualAddresses[0]}:${servicePort}` : `[${virtualAddresses[1]}]:${servicePort}`,
    protocol: 'tcp',
    scheduler: 'mh',
    scheduler_flags: ['port', 'fallback'],
    forwarding: 'direct',
    check: { type: 'tcp', interval: '1s', timeout: '1s', rise: 1, fall: 3 },
    real_servers: serversOf(plan).map((server) => {
      const address = fabricAddresses(server)[family];
      return { name: family === 0 ? server : `${server}v6`, address: `${family === 0 ? address : `[${address}]`}:80` };
    }),
  });
  return {
    director: name,
    anycast: {
      interface: anycastInterface,
      lease: `${plan.lease}s`,
      engine: { type: plan.directors[numberOf(name)], socket: engineSocket },
      addresses: [
        {
          name: 'web',
          addresses: virtualAddresses,
          announce_while: ['web', 'web6'],
          start_delay: '1s',
          drain: `${plan.drain ?? 15}s`,
        },
      ],
    },
    virtual_services: [service(0), service(1)],
    peers: {
      listen: `${own}:8550`,
      key_file: keyFile,
      directors: directorsOf(plan)
        .filter((other) => other !== name)
        .map((other) => `${fabricAddresses(other)[0]}:8550`),
    },
    log: { level: 'info', format: 'json' },
  };
};
