// Every way that regent and keepalived can speak: over IPv6, to peers directly, with a password; whichever starts first, one is master.

import { type Conversation, converse, kill, type Network, type Party, start, stop } from './conversation.ts';

const ipv4: Network = { sources: { regent: '192.168.55.11', keepalived: '192.168.55.12' } };
const linkLocal: Network = {
  sources: { regent: 'fe80::11', keepalived: 'fe80::12' },
  hostAddresses: { regent: ['fe80::11/64'], keepalived: ['fe80::12/64'] },
};
const global: Network = {
  sources: { regent: 'fd55::11', keepalived: 'fd55::12' },
  hostAddresses: { regent: ['fd55::11/64'], keepalived: ['fd55::12/64'] },
};

type Transport = Pick<Conversation, 'version' | 'network'> & {
  readonly name: string;
  readonly keys: NonNullable<Conversation['regent']['keys']>;
  readonly lines: readonly string[];
  readonly address?: string;
};

const unicast = ({ sources }: Network): Pick<Transport, 'keys' | 'lines'> => ({
  keys: { source: sources.regent, peers: [sources.keepalived] },
  lines: [
    `unicast_src_ip ${sources.keepalived}`,
    'unicast_peer {',
    `  ${sources.regent}`,
    '}',
    // It does not look unless it is told to.
    'check_unicast_src',
  ],
});

const transports: readonly Transport[] = [
  {
    name: 'version 3 over IPv6',
    network: linkLocal,
    keys: { source: 'fe80::11', addresses: ['fe80::100/64'] },
    lines: ['native_ipv6', 'mcast_src_ip fe80::12'],
    address: 'fe80::100/64',
  },
  {
    name: 'version 3 over IPv6 without a link-local address, as keepalived allows',
    network: linkLocal,
    keys: { source: 'fe80::11', addresses: ['fd55::100/128'] },
    lines: ['native_ipv6', 'mcast_src_ip fe80::12'],
    address: 'fd55::100/128',
  },
  {
    name: 'version 2 with a password',
    version: 2,
    keys: { authentication: { type: 'password', password: 'secret' } },
    lines: ['authentication {', '  auth_type PASS', '  auth_pass secret', '}'],
  },
  { name: 'version 3 from host to host', network: ipv4, ...unicast(ipv4) },
  {
    name: 'version 3 from host to host over IPv6',
    network: global,
    // Without unicast_ttl, keepalived leaves the hop limit of what it sends to peers over IPv6 to the kernel: 64.
    keys: { ...unicast(global).keys, addresses: ['fd55::100/64'], min_ttl: 64 },
    lines: ['native_ipv6', ...unicast(global).lines],
    address: 'fd55::100/64',
  },
];

const other = (party: Party): Party => (party === 'regent' ? 'keepalived' : 'regent');
const parties: readonly Party[] = ['regent', 'keepalived'];

const orders = transports.flatMap(({ name, version, network, keys, lines, address }) =>
  parties.map((first): Conversation => {
    const second = other(first);
    return {
      name: `${name}: ${first} is first, and ${second} ranks higher`,
      ...(version !== undefined && { version }),
      ...(network !== undefined && { network }),
      regent: { priority: second === 'regent' ? 150 : 100, keys },
      keepalived: { priority: second === 'keepalived' ? 150 : 100, lines, ...(address !== undefined && { address }) },
      lines: [
        [start(first), first],
        [start(second), second],
        [second === 'regent' ? stop(second) : kill(second), first],
      ],
    };
  }),
);

const ties = [linkLocal, global].map((network): Conversation => {
  const isMulticast = network === linkLocal;
  const { keys, lines } = isMulticast
    ? { keys: { source: 'fe80::11' }, lines: ['mcast_src_ip fe80::12'] }
    : unicast(network);
  return {
    name: `equal priority over IPv6, ${isMulticast ? 'to the group' : 'from host to host'}: the first stays master`,
    network,
    regent: { priority: 100, keys: { ...keys, addresses: ['fd55::100/64'] } },
    keepalived: {
      priority: 100,
      lines: ['native_ipv6', ...(isMulticast ? [] : ['unicast_ttl 255']), ...lines],
      address: 'fd55::100/64',
    },
    lines: [
      [start('keepalived'), 'keepalived'],
      [start('regent'), 'keepalived'],
    ],
  };
});

converse('the transports of regent and keepalived', [...orders, ...ties]);
