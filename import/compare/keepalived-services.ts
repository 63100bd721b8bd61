// Facts about virtual servers, real servers and checkers from the dump of keepalived's checker process. Pure.

import { readServiceAddresses } from '../../config/schema/service-values.ts';
import { parseAddress } from '../../net/ip-address.ts';
import { writeName } from '../values.ts';
import { fieldOf, findItems, type Item } from './dump.ts';
import { endpointText, type Facts, type Fields, fields, sorted } from './facts.ts';
import { readCheckFacts, type Service } from './keepalived-checks.ts';
import { mailOfItem, readCheckerGlobals } from './keepalived-globals.ts';
import { commandOf } from './keepalived-notifications.ts';

const plainIp = (text: string): string => parseAddress(text) ?? text;

const methods: Readonly<Record<string, string>> = { NAT: 'masq', DR: 'direct', TUN: 'tunnel' };

/** `NAT`, `TUN, type = GUE, port = 6080, no checksum`. */
const methodText = (text = ''): string => {
  const [method = '', ...rest] = text.split(', ');
  const type = /type = (\w+)/.exec(text)?.[1]?.toLowerCase() ?? 'ipip';
  const port = /port = (\d+)/.exec(text)?.[1];
  const checksum = rest.includes('checksum') ? 'full' : rest.includes('remote checksum') ? 'remote' : 'none';
  const name = methods[method] ?? method;
  return name === 'tunnel' ? [name, type, ...(port === undefined ? [] : [port]), checksum].join(' ') : name;
};

const protocolOf = (item: Item): string => (fieldOf(item, 'protocol') ?? 'none').toLowerCase();

const membersOf = (group: Item | undefined): readonly string[] =>
  (group?.items ?? []).flatMap(({ key, value, text }) => {
    if (key === 'FWMARK') return [`mark ${value.split(' ')[0]}`];
    if (key !== 'VIP' && key !== 'VIP Range') return [];
    const [, addresses = '', port = '0'] = /= (\S+), VPORT = (\d+)/.exec(text) ?? [];
    const ends = addresses.includes('-') && !addresses.includes(':') ? addresses : addresses;
    const spelt = Number(port) === 0 ? ends : ends.includes(':') ? `[${ends}]:${port}` : `${ends}:${port}`;
    return (readServiceAddresses(spelt) ?? []).map((each) => endpointText(plainIp(each.address), each.port));
  });

const withProtocol = (member: string, protocol: string): string =>
  member.startsWith('mark') ? member : `${member} ${protocol}`;

/** The service's name on both sides: its only address or mark, else its group's name. */
const nameOf = (
  item: Item,
  groups: readonly Item[],
): { readonly name: string; readonly members: readonly string[] } => {
  if (item.key === 'VS FWMARK') return { name: `mark ${item.value}`, members: [`mark ${item.value}`] };
  if (item.key === 'VS GROUP') {
    const group = item.value.replace(/^\[(.*)\]:\d+$/, '$1');
    const members = membersOf(groups.find(({ value }) => value.split(',')[0] === group));
    const [only, ...others] = members;
    const isOne = only !== undefined && others.length === 0;
    return { name: isOne ? withProtocol(only, protocolOf(item)) : `group ${writeName(group)}`, members };
  }
  const [, address = '', port = '0'] = /^(\S+), VPORT = (\d+)/.exec(item.value) ?? [];
  const member = endpointText(plainIp(address), Number(port));
  return { name: withProtocol(member, protocolOf(item)), members: [member] };
};

const labelOf = (item: Item): string => {
  if (item.key === 'VS FWMARK') return `FWM ${item.value}`;
  if (item.key === 'VS GROUP') return item.value;
  const [, address = '', port = '0'] = /^(\S+), VPORT = (\d+)/.exec(item.value) ?? [];
  return `[${address}]:${protocolOf(item)}:${port}`;
};

const bitsOf = (mask: string, family: string): string => {
  if (/^\d+$/.test(mask)) return mask;
  const bits = mask.split('.').reduce((sum, part) => sum + Number(part).toString(2).replace(/0/g, '').length, 0);
  return family === 'ipv4' ? String(bits) : mask;
};

const sorryOf = (item: Item): string => {
  const line = item.items.find(({ key }) => key.startsWith('sorry server'));
  const [, address = '', port = '0'] = /\[([^\]]+)\](?::\w+)?:(\d+)/.exec(line?.text ?? '') ?? [];
  if (line === undefined) return 'none';
  return `${endpointText(plainIp(address), Number(port))} ${methodText(fieldOf(line, 'forwarding method'))}`;
};

const flagsOf = (item: Item): string =>
  sorted([
    ...(['sh-port', 'mh-port', 'flag-2'].some((key) => fieldOf(item, key) === 'enabled') ? ['port'] : []),
    ...(['sh-fallback', 'mh-fallback', 'flag-1'].some((key) => fieldOf(item, key) === 'enabled') ? ['fallback'] : []),
  ]);

const serviceFields = (item: Item, members: readonly string[], dump: readonly Item[]): Fields => {
  const [, quorum, hysteresis] = /^(\d+), hysteresis = (\d+)/.exec(fieldOf(item, 'quorum') ?? '') ?? [];
  const family = fieldOf(item, 'Address family') === 'inet6' ? 'ipv6' : 'ipv4';
  const granularity = fieldOf(item, 'persistence granularity');
  const timeout = fieldOf(item, 'persistence timeout');
  return fields({
    addresses: sorted(members),
    family: members.every((member) => member.startsWith('mark')) ? family : undefined,
    protocol: members.every((member) => member.startsWith('mark')) ? undefined : protocolOf(item),
    scheduler: fieldOf(item, 'lvs_sched'),
    flags: flagsOf(item),
    'one packet': fieldOf(item, 'One packet scheduling')?.startsWith('enabled') ? 'yes' : 'no',
    persistence: timeout === undefined ? 'none' : `${timeout} s`,
    granularity: granularity === undefined ? 'each client' : `${bitsOf(granularity, family)} bits`,
    quorum,
    hysteresis,
    'sorry server': sorryOf(item),
    'with all servers failed': 'none is used',
    'a failed server leaves after': '0 ms',
    'when it has its quorum, runs': commandOf(item, 'Quorum up notify script'),
    'when it loses its quorum, runs': commandOf(item, 'Quorum down notify script'),
    mail: mailOfItem(item, dump),
  });
};

const serverFields = (item: Item, dump: readonly Item[]): Fields => {
  const [, low, high] = /(\d+) -> (\d+)/.exec(fieldOf(item, 'connection limit range') ?? '') ?? [];
  return fields({
    weight: fieldOf(item, 'initial weight'),
    forwarding: methodText(fieldOf(item, 'forwarding method')),
    'connections at most': high,
    'connections again below': low,
    'when it has failed':
      fieldOf(item, 'Inhibit on failure is') === 'ON' ||
      item.items.some(({ text }) => text === 'Inhibit on failure is ON')
        ? 'stays with weight 0'
        : 'leaves',
    'when it is up, runs': commandOf(item, 'RS up notify script'),
    'when it is down, runs': commandOf(item, 'RS down notify script'),
    mail: mailOfItem(item, dump),
  });
};

const serverName = (item: Item): string => {
  const [, address = '', port = '0'] = /RIP = (\S+), RPORT = (\d+)/.exec(item.items[0]?.text ?? '') ?? [];
  return endpointText(plainIp(address), Number(port));
};

/** Reads the dump of keepalived's checker process. */
export const readServiceFacts = (dump: readonly Item[]): Facts => {
  const groups = findItems(dump, 'Virtual Server Group');
  const heads = findItems(dump, 'Virtual server').flatMap(({ items }) =>
    items.filter(({ key }) => key.startsWith('VS ')),
  );
  const services = heads.map((item): Service & { readonly members: readonly string[] } => ({
    ...nameOf(item, groups),
    label: labelOf(item),
    item,
    servers: item.items
      .filter(({ key }) => key === 'Real server')
      .map((server) => ({ item: server, name: serverName(server) })),
  }));
  return new Map([
    ...readCheckerGlobals(dump),
    ...services.flatMap(({ name, item, members, servers }): (readonly [string, Fields])[] => [
      [`service ${name}`, serviceFields(item, members, dump)],
      ...servers.map((server) => [`service ${name}, server ${server.name}`, serverFields(server.item, dump)] as const),
    ]),
    ...readCheckFacts(dump, services),
  ]);
};
