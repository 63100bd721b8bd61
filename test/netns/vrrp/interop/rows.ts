// The rows of the interoperability matrix: every way that a virtual router can speak, with every setting that both must understand alike. Pure.

import type { RouterKeys } from '../hosts.ts';

export const parties = ['regent', 'keepalived'] as const;
export type Party = (typeof parties)[number];
export type Both<Value> = Readonly<Record<Party, Value>>;

export const otherThan = (party: Party): Party => (party === 'regent' ? 'keepalived' : 'regent');

/** What both hosts have on their interface; IPv6's link-local ones are what goes to the group. */
export const hostAddresses: Both<readonly string[]> = {
  regent: ['fe80::11/64', 'fd55::11/64'],
  keepalived: ['fe80::12/64', 'fd55::12/64'],
};

type Transport = {
  readonly version: 2 | 3;
  readonly family: 'IPv4' | 'IPv6';
  readonly way: 'multicast' | 'unicast';
  readonly sources: Both<string>;
};

const ipv4: Both<string> = { regent: '192.168.55.11', keepalived: '192.168.55.12' };
const linkLocal: Both<string> = { regent: 'fe80::11', keepalived: 'fe80::12' };
const global: Both<string> = { regent: 'fd55::11', keepalived: 'fd55::12' };

export const transports: readonly Transport[] = [
  { version: 2, family: 'IPv4', way: 'multicast', sources: ipv4 },
  { version: 2, family: 'IPv4', way: 'unicast', sources: ipv4 },
  { version: 3, family: 'IPv4', way: 'multicast', sources: ipv4 },
  { version: 3, family: 'IPv4', way: 'unicast', sources: ipv4 },
  { version: 3, family: 'IPv6', way: 'multicast', sources: linkLocal },
  { version: 3, family: 'IPv6', way: 'unicast', sources: global },
];

/** The last part of a row's virtual address. */
const lastPart = (id: number): number => 100 + id;

type Setting = {
  readonly name: string;
  readonly priorities: Both<number>;
  /** The party that does not preempt. */
  readonly patient?: Party;
  /** Milliseconds in place of the usual. */
  readonly intervals?: Both<number>;
  readonly regent?: (transport: Transport, id: number) => RouterKeys;
  readonly keepalived?: (transport: Transport) => readonly string[];
  /** Whether it leaves out what keepalived needs to send a hop limit of 255 over unicast IPv6. */
  readonly usualHopLimit?: true;
  /** Whether keepalived refuses what regent sends, by its checksum. */
  readonly isRefused?: true;
  readonly appliesTo?: (transport: Transport) => boolean;
};

const regentHigher: Both<number> = { regent: 150, keepalived: 100 };
const keepalivedHigher: Both<number> = { regent: 100, keepalived: 150 };
const isVersion2 = ({ version }: Transport): boolean => version === 2;
const isVersion3 = ({ version }: Transport): boolean => version === 3;
const isPlain = ({ version, family }: Transport): boolean => version === 3 && family === 'IPv4';
const password = {
  regent: () => ({ authentication: { type: 'password', password: 'secret' } }),
  keepalived: () => ['authentication {', '  auth_type PASS', '  auth_pass secret', '}'],
  appliesTo: isVersion2,
};

export const settings: readonly Setting[] = [
  { name: 'regent ranks higher', priorities: regentHigher },
  { name: 'keepalived ranks higher', priorities: keepalivedHigher },
  { name: 'equal priorities', priorities: { regent: 100, keepalived: 100 } },
  { name: 'regent ranks higher and does not preempt', priorities: regentHigher, patient: 'regent' },
  { name: 'keepalived ranks higher and does not preempt', priorities: keepalivedHigher, patient: 'keepalived' },
  { name: 'regent owns the address', priorities: { regent: 255, keepalived: 200 } },
  { name: 'keepalived owns the address', priorities: { regent: 200, keepalived: 255 } },
  {
    name: 'keepalived learns a longer interval',
    priorities: regentHigher,
    intervals: { regent: 800, keepalived: 400 },
    appliesTo: isVersion3,
  },
  {
    name: 'regent learns a longer interval',
    priorities: keepalivedHigher,
    intervals: { regent: 400, keepalived: 800 },
    appliesTo: isVersion3,
  },
  { name: 'a password, regent ranks higher', priorities: regentHigher, ...password },
  { name: 'a password, keepalived ranks higher', priorities: keepalivedHigher, ...password },
  {
    // keepalived 2.2.7 refuses the sums of RFC 9568, regent takes both: it hears and obeys, whatever it sends itself.
    name: 'regent sums as RFC 9568, keepalived as RFC 5798 and ranks higher',
    priorities: keepalivedHigher,
    regent: () => ({ checksum: 'rfc9568' }),
    isRefused: true,
    appliesTo: isPlain,
  },
  {
    name: 'no address is link-local, as keepalived allows',
    priorities: regentHigher,
    regent: (_, id) => ({ addresses: [`fd55::${lastPart(id)}/128`] }),
    appliesTo: ({ family, way }) => family === 'IPv6' && way === 'multicast',
  },
  {
    name: 'keepalived leaves its hop limit to the kernel, regent takes 64',
    priorities: regentHigher,
    regent: () => ({ min_ttl: 64 }),
    usualHopLimit: true,
    appliesTo: ({ family, way }) => family === 'IPv6' && way === 'unicast',
  },
];

export type Row = {
  readonly name: string;
  readonly transport: Transport;
  /** Virtual router id, and the name of the router on both sides. */
  readonly id: number;
  readonly router: string;
  readonly priorities: Both<number>;
  readonly preempts: Both<boolean>;
  /** Milliseconds. */
  readonly intervals: Both<number>;
  /** The router as regent's configuration writes it. */
  readonly regent: RouterKeys;
  /** The instance as keepalived's does, without its priority. */
  readonly keepalived: readonly string[];
  /** Whether keepalived refuses what regent sends, as tcpdump would, by its checksum. */
  readonly isRefused: boolean;
};

const addressOf = ({ family, way }: Transport, id: number, isOwned: boolean): string => {
  if (family === 'IPv4') return `192.168.55.${lastPart(id)}/${isOwned ? 24 : 32}`;
  return way === 'multicast' ? `fe80::${lastPart(id)}/64` : `fd55::${lastPart(id)}/64`;
};

const rowOf = (transport: Transport, setting: Setting, id: number): Row => {
  const { version, family, way, sources } = transport;
  const { priorities, patient, regent, keepalived } = setting;
  const router = `r${id}`;
  const usual = version === 2 ? 1000 : 500;
  const intervals = setting.intervals ?? { regent: usual, keepalived: usual };
  const isUnicast = way === 'unicast';
  const keys: RouterKeys = {
    name: router,
    interface: 'enp0s9',
    version,
    virtual_router_id: id,
    preempt: patient !== 'regent',
    advertisement_interval: `${intervals.regent}ms`,
    addresses: [addressOf(transport, id, priorities.regent === 255)],
    source: sources.regent,
    ...(isUnicast && { peers: [sources.keepalived] }),
    ...regent?.(transport, id),
  };
  const [address] = keys.addresses as string[];
  const isLimited = isUnicast && family === 'IPv6' && !setting.usualHopLimit;
  const lines = [
    'state BACKUP',
    'interface enp0s9',
    `version ${version}`,
    `virtual_router_id ${id}`,
    `advert_int ${intervals.keepalived / 1000}`,
    ...(patient === 'keepalived' ? ['nopreempt'] : []),
    ...(family === 'IPv6' ? ['native_ipv6'] : []),
    ...(isUnicast
      ? [
          `unicast_src_ip ${sources.keepalived}`,
          'unicast_peer {',
          `  ${sources.regent}`,
          '}',
          'check_unicast_src',
          ...(isLimited ? ['unicast_ttl 255'] : []),
        ]
      : [`mcast_src_ip ${sources.keepalived}`]),
    ...(keepalived?.(transport) ?? []),
    'virtual_ipaddress {',
    `  ${address} dev enp0s9`,
    '}',
  ];
  const preempts = { regent: patient !== 'regent', keepalived: patient !== 'keepalived' };
  const name = `version ${version}, ${family}, ${way}: ${setting.name}`;
  const isRefused = setting.isRefused === true;
  return { name, transport, id, router, priorities, preempts, intervals, regent: keys, keepalived: lines, isRefused };
};

/** Every setting over every transport that it applies to. */
export const rows: readonly Row[] = transports
  .flatMap((transport) =>
    settings.filter(({ appliesTo }) => appliesTo?.(transport) ?? true).map((setting) => ({ transport, setting })),
  )
  .map(({ transport, setting }, index) => rowOf(transport, setting, index + 1));
