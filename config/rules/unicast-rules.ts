// Addresses must be valid for their purpose: a host's, not a network's or a group's, and without a port mistaken for a part.

import { isIPv4, isIPv6 } from 'node:net';
import { type Finding, type Item, isRecord, itemAt, listAt, recordsAt } from './finding.ts';

type Text = { readonly text: string; readonly path: Finding['path'] };

const textsOf = (values: readonly { readonly value: unknown; readonly path: Finding['path'] }[]): Text[] =>
  values.flatMap(({ value, path }) => (typeof value === 'string' ? [{ text: value, path }] : []));

const at = ({ written: value, path }: Item, key: string): Text[] =>
  textsOf([{ value: value[key], path: [...path, key] }]);

/** Addresses of IANA's special-purpose registries that no single host may have. Matched as text, since there may be many. */
const kinds: Readonly<Record<'four' | 'six', readonly (readonly [RegExp, string])[]>> = {
  four: [
    [/^0+\./, 'means no address of its own'],
    [/^2(2[4-9]|3\d)\./, 'is a multicast group'],
    [/^255\.255\.255\.255$/, 'is the broadcast address'],
    [/^2[45]\d\./, 'is reserved'],
  ],
  six: [
    [/^[0:]+$/, 'means no address of its own'],
    [/^ff/i, 'is a multicast group'],
    [/^(::|(0{1,4}:){5})ffff:(\d+\.|[\da-f]+:[\da-f]+$)/i, 'is an IPv4 address in the guise of IPv6'],
  ],
};

/** Why an address cannot belong to one host; undefined if it can. */
const whyNoHost = (address: string): string | undefined =>
  kinds[address.includes(':') ? 'six' : 'four'].find(([pattern]) => pattern.test(address))?.[1];

const checkHost = (address: string, { text, path }: Text): Finding[] => {
  // Invalid addresses are left to the schema.
  const why = whyNoHost(address);
  if (why === undefined || (!isIPv4(address) && !isIPv6(address))) return [];
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  return [{ path, message: `${address} ${why}`, suggestion: mapped && text.replace(/\[?[^\]]*\.\d+\]?/, mapped) }];
};

/** `host`, `host:port` or `[host]:port`; the host of a range is its first. */
export const hostOf = (text: string): string => {
  const [, bracketed, bare] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::\d+)?$/.exec(text) ?? [];
  return (bracketed ?? bare ?? text).replace(/[-/].*$/, '');
};

/** IPv6 without brackets whose last group may be meant as a port. */
const checkBrackets = ({ text, path }: Text): Finding[] => {
  const [, host = '', port = ''] = /^([\da-fA-F:]+):([1-9]\d{0,4})$/.exec(text) ?? [];
  if (!isIPv6(text) || !isIPv6(host)) return [];
  const message = `"${text}" may be an address, or one with a port: write [${text}] or [${host}]:${port}`;
  return [{ path, message, suggestion: `[${host}]:${port}` }];
};

const bitsOf = (address: string): string => {
  if (isIPv4(address))
    return address
      .split('.')
      .map((part) => Number(part).toString(2).padStart(8, '0'))
      .join('');
  const plain = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...parts: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.slice(0, 4).map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [head = [], tail = []] = plain.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const gap = plain.includes('::') ? Array<string>(8 - head.length - tail.length).fill('0') : [];
  return [...head, ...gap, ...tail].map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0')).join('');
};

const addressOf = (bits: string): string => {
  if (bits.length === 32) return (bits.match(/.{8}/g) ?? []).map((part) => Number.parseInt(part, 2)).join('.');
  const groups = (bits.match(/.{16}/g) ?? []).map((part) => Number.parseInt(part, 2).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
};

type Network = {
  readonly host: string;
  readonly length: number;
  readonly isOfHost: boolean;
  readonly first: string;
  readonly last: string;
};

const networkOf = (host: string, length: number): Network | undefined => {
  if ((!isIPv4(host) && !isIPv6(host)) || host.includes('%') || length > (isIPv4(host) ? 32 : 128)) return undefined;
  const bits = bitsOf(host);
  const rest = bits.length - length;
  const [first, last] = ['0', '1'].map((bit) => addressOf(bits.slice(0, length) + bit.repeat(rest)));
  return { host, length, isOfHost: bits.slice(length).includes('1'), first: first ?? host, last: last ?? host };
};

/** A range of services is a whole network: one address with its network's length is a mistake. */
const checkRange = ({ text, path }: Text): Finding[] => {
  const [, host = '', length, port = ''] = /^\[?([\da-fA-F:.]+)\/(\d{1,3})\]?(:\d+)?$/.exec(text) ?? [];
  const network = length === undefined ? undefined : networkOf(host, Number(length));
  if (network === undefined || !network.isOfHost) return [];
  const one = host.includes(':') && port !== '' ? `[${host}]${port}` : `${host}${port}`;
  const all = text.replace(host, network.first);
  return [
    {
      path,
      message: `${host}/${length} is one address with the length of its network: write ${one}, or ${all} for a service on each`,
      suggestion: one,
    },
  ];
};

/** A virtual address may have its network's length, but must not be the network or broadcast address. */
const checkVirtualAddress = (written: Text): Finding[] => {
  const [host = '', length] = written.text.split('/');
  const network =
    isIPv4(host) && length !== undefined && /^\d{1,2}$/.test(length) ? networkOf(host, Number(length)) : undefined;
  const isWhole = network !== undefined && network.length <= 30 && (host === network.first || host === network.last);
  if (!isWhole) return checkHost(host, written);
  const what = host === network?.first ? 'is the network itself' : 'is the broadcast address of its network';
  return [{ path: written.path, message: `${written.text} ${what}, not an address of a host` }];
};

const recordAt = ({ written, path }: Item, key: string): Item[] => {
  const record = written[key];
  return isRecord(record) ? [itemAt(record, [...path, key])] : [];
};

/** The addresses given by the checks of a service or a server. */
const checkAddresses = (owner: Item): Text[] =>
  [...recordAt(owner, 'check'), ...recordsAt(owner, 'checks')].flatMap((check) => [
    ...at(check, 'address'),
    ...at(check, 'source_address'),
  ]);

const checkService = (service: Item): Finding[] => {
  const real = recordsAt(service, 'real_servers');
  const servers = [...real, ...recordAt(service, 'sorry_server')].flatMap((server) => at(server, 'address'));
  const probed = [service, ...real].flatMap(checkAddresses);
  const addresses = [...at(service, 'address'), ...textsOf(listAt(service, 'addresses'))];
  return [
    ...[...addresses, ...servers].flatMap((one) => [...checkHost(hostOf(one.text), one), ...checkBrackets(one)]),
    ...addresses.flatMap(checkRange),
    ...probed.flatMap((one) => checkHost(one.text, one)),
  ];
};

const checkRouter = (router: Item): Finding[] => {
  const held = ['addresses', 'excluded'].flatMap((key) => [
    ...textsOf(listAt(router, key)),
    ...recordsAt(router, key).flatMap((one) => at(one, 'address')),
  ]);
  const parties = [...at(router, 'source'), ...textsOf(listAt(router, 'peers'))];
  return [...held.flatMap(checkVirtualAddress), ...parties.flatMap((one) => checkHost(one.text, one))];
};

/** Checks the addresses of a document's services and routers. */
export const checkUnicast = (root: Item, routers: readonly Item[]): Finding[] => [
  ...routers.flatMap(checkRouter),
  ...recordsAt(root, 'virtual_services').flatMap(checkService),
];
