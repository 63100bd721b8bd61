// Facts about instances, groups and trackers from the dump of keepalived's VRRP process. Pure.

import { parseAddress } from '../../net/ip-address.ts';
import { writeName } from '../values.ts';
import { fieldOf, findItems, type Item, listOf } from './dump.ts';
import { type Facts, type Fields, fields, milliseconds, pathText, sorted, waitText } from './facts.ts';
import { mailOfItem, readVrrpGlobals } from './keepalived-globals.ts';
import { notificationFields, wordsOf } from './keepalived-notifications.ts';
import { routeTexts, ruleTexts } from './keepalived-paths.ts';

const plainIp = (text: string): string => parseAddress(text) ?? text;

/** `192.0.2.1/24 brd … dev eth0 scope global …`: only what regent can express. */
const addressText = ({ text }: Item): string => {
  const [cidr = '', ...words] = text.split(' ');
  const [address = '', length] = cidr.split('/');
  const isV6 = address.includes(':');
  const after = (word: string): string | undefined =>
    words.includes(word) ? words[words.indexOf(word) + 1] : undefined;
  const scope = after('scope');
  return [
    `${plainIp(address)}/${length ?? (isV6 ? 128 : 32)}`,
    `dev ${(after('dev') ?? '').split('@')[0]}`,
    ...(scope === undefined || scope === 'global' || isV6 ? [] : [`scope ${scope}`]),
    ...(after('label') === undefined ? [] : [`label ${after('label')}`]),
    ...(after('brd') === undefined ? [] : [`brd ${after('brd')}`]),
    ...(isV6 ? [words.includes('deprecated') ? 'deprecated' : 'preferred'] : []),
    ...(after('peer') === undefined ? [] : [`peer ${after('peer')}`]),
  ].join(' ');
};

const tracked = [
  ['interface', 'Tracked interfaces'],
  ['script', 'Tracked scripts'],
  ['file', 'Tracked files'],
  // A group has it in the singular.
  ['process', /^Tracked process(es)?$/],
  ['bfd', 'Tracked BFDs'],
] as const;

/** `eth1 weight -20`, `load, weight 2`, `peer: weight 0`. */
const trackText = (kind: string, { text }: Item): string => {
  const [, name = '', weight = '0', reverse = ''] = /^(\S+?)[,:]? weight (-?\d+)( reverse)?$/.exec(text) ?? [];
  return `${kind} ${kind === 'interface' ? name : writeName(name)} weight ${weight}${reverse}`;
};

/** `1500000us`, `1.500000s`. */
const delayText = (down = '0', up = '0'): string => {
  const count = (text: string): number => Number.parseFloat(text) / (text.endsWith('us') ? 1e6 : 1);
  return waitText(count(down) * 1000, count(up) * 1000);
};

/** An owner's priority does not change: keepalived keeps its weighted processes, to no effect. */
const trackTexts = (item: Item, dump: readonly Item[]): readonly string[] =>
  tracked.flatMap(([kind, key]) =>
    kind === 'interface'
      ? []
      : listOf(item, key).flatMap((line) => {
          const text = trackText(kind, line);
          if (kind !== 'process') return [text];
          if (fieldOf(item, 'Priority') === '255' && !/ weight 0$/.test(text)) return [];
          const name = line.text.split(',')[0];
          const process = findItems(dump, 'VRRP Track process').find(({ value }) => value === name);
          const [down, up] = ['Terminate delay', 'Fork delay'].map((field) => process && fieldOf(process, field));
          return [`${text}${delayText(down, up)}`];
        }),
  );

/** The interfaces that an instance or its group tracks explicitly, each with its weight. */
const namedLinks = (item: Item, dump: readonly Item[]): readonly string[] => {
  const group = findItems(dump, 'VRRP Sync Group').find(
    ({ value }) => value.split(',')[0] === fieldOf(item, 'Sync group'),
  );
  return [item, ...(group ? [group] : [])].flatMap((each) =>
    listOf(each, 'Tracked interfaces').map((line) => trackText('interface', line)),
  );
};

/**
 * The interfaces that an instance tracks, explicitly or not, besides its own. A weight that keepalived takes from a line is still
 * shown by the interface, and has no effect in a sync group or with priority 255: this was tested.
 */
const linkTexts = (item: Item, dump: readonly Item[], own: readonly string[]): readonly string[] => {
  const named = namedLinks(item, dump);
  return findItems(dump, 'Interfaces')
    .flatMap(({ items }) => items)
    .filter(({ key, value }) => key === 'Name' && value !== 'lo' && !own.includes(value))
    .flatMap((link) =>
      listOf(link, 'Tracking VRRP instances').flatMap(({ text }) => {
        const [, instance, weight, reverse = ''] = /^(\S+), weight (-?\d+)( reverse)?$/.exec(text) ?? [];
        const shown = `interface ${link.value} weight ${weight}${reverse}`;
        const delays = delayText(fieldOf(link, 'Down debounce timer'), fieldOf(link, 'Up debounce timer'));
        return instance === item.value && (weight === '0' || named.includes(shown)) ? [`${shown}${delays}`] : [];
      }),
    );
};

/** The delays of an instance's own interface; undefined for none. */
const ownDelays = (name: string, dump: readonly Item[]): string | undefined => {
  const link = findItems(dump, 'Interfaces')
    .flatMap(({ items }) => items)
    .find(({ key, value }) => key === 'Name' && value === name);
  return (
    (link && delayText(fieldOf(link, 'Down debounce timer'), fieldOf(link, 'Up debounce timer')).trim()) || undefined
  );
};

const intervalOf = (text = ''): string => {
  const [number = '', unit] = text.split(' ');
  return milliseconds(unit === 'sec' ? Number(number) : Number(number) / 1000);
};

/** Whether all instances check the senders of unicast. */
const checksAll = (dump: readonly Item[]): boolean =>
  findItems(dump, 'VRRP check unicast_src').some(({ value }) => value === 'true');

const wireOf = (item: Item, dump: readonly Item[]): Record<string, string | undefined> => {
  const peers = listOf(item, 'Unicast Peer');
  const multicast = item.items.find(({ text }) => text.startsWith('Multicast address'));
  const limits = peers.map(({ text }) => Number(/min_ttl (\d+)/.exec(text)?.[1] ?? 0));
  return {
    speaks:
      peers.length > 0
        ? `to ${sorted(peers.map(({ text }) => plainIp(text.split(' ')[0] ?? '')))}`
        : `to ${plainIp(multicast?.text.split(' ')[2]?.replace(',', '') ?? '')}`,
    ...(peers.length > 0 && {
      'checks senders': checksAll(dump) ? 'yes' : (fieldOf(item, 'Check unicast src') ?? 'no'),
      'least TTL': String(Math.max(1, Math.min(...limits))),
    }),
  };
};

const sourceOf = (item: Item): string => {
  const [address = '', ...rest] = (fieldOf(item, 'Using src_ip') ?? '').split(' ');
  return rest.length > 0 ? plainIp(address) : 'any of the interface';
};

const readInstance = (item: Item, dump: readonly Item[]): readonly [string, Fields] => {
  const device = item.items.find(({ key, value }) => key === 'Interface' && value !== '')?.value ?? '';
  const [name = '', , , base] = device.split(/,? /);
  const mac = device.includes('vmac on') ? name : 'none';
  const priority = fieldOf(item, 'Priority');
  return [
    `router ${writeName(item.value)}`,
    fields({
      version: fieldOf(item, 'VRRP Version'),
      interface: base === undefined ? name : base.replace(/,$/, ''),
      'virtual MAC': mac,
      'virtual router id': fieldOf(item, 'Virtual Router ID'),
      priority,
      'advertisement interval': intervalOf(fieldOf(item, 'Advert interval')),
      'advertisements until dead': fieldOf(item, 'Down timer adverts'),
      preempts: fieldOf(item, 'Preempt') === 'enabled' ? 'yes' : 'no',
      'preemption delay': milliseconds(fieldOf(item, 'Preempt delay')?.split(' ')[0] ?? 0),
      accepts: priority === '255' || fieldOf(item, 'Accept') === 'enabled' ? 'yes' : 'no',
      password:
        fieldOf(item, 'Password') ?? fieldOf(item, 'Authentication type')?.replace('SIMPLE_PASSWORD', '') ?? 'none',
      source: sourceOf(item),
      ...wireOf(item, dump),
      'announces again every': `${fieldOf(item, 'Gratuitous ARP refresh')} s`,
      addresses: sorted(listOf(item, /^Virtual IP \(/).map(addressText)),
      'excluded addresses': sorted(listOf(item, 'Virtual IP Excluded').map(addressText)),
      tracks: sorted([...trackTexts(item, dump), ...linkTexts(item, dump, [name, base?.replace(/,$/, '') ?? name])]),
      routes: routeTexts(item),
      rules: ruleTexts(item),
      group: fieldOf(item, 'Sync group') === undefined ? 'none' : writeName(fieldOf(item, 'Sync group') ?? ''),
      'when its interface is down': item.items.some(({ text }) => text === 'VRRP interface tracking disabled')
        ? 'goes on'
        : 'is in fault',
      'its own interface counts': ownDelays(base === undefined ? name : base.replace(/,$/, ''), dump),
      ...notificationFields(item, 'INSTANCE', item.value),
      mail: mailOfItem(item, dump),
    }),
  ];
};

const readGroup = (item: Item, dump: readonly Item[]): readonly [string, Fields] => [
  `group ${writeName(item.value.split(',')[0] ?? '')}`,
  fields({
    routers: sorted(listOf(item, 'VRRP member instances').map(({ text }) => writeName(text))),
    tracks: sorted(trackTexts(item, dump)),
    ...notificationFields(item, 'GROUP', item.value.split(',')[0] ?? ''),
    mail: mailOfItem(item, dump),
  }),
];

const readScript = (item: Item): readonly [string, Fields] => {
  const interval = Number(fieldOf(item, 'Interval')?.split(' ')[0] ?? 1);
  const timeout = Number(fieldOf(item, 'Timeout')?.split(' ')[0] ?? 0);
  return [
    `script ${writeName(item.value)}`,
    fields({
      command: wordsOf(fieldOf(item, 'Command') ?? ''),
      interval: milliseconds(interval),
      timeout: milliseconds(timeout || interval),
      rise: fieldOf(item, 'Rise'),
      fall: fieldOf(item, 'Fall'),
    }),
  ];
};

const readFile = (item: Item): readonly [string, Fields] => [
  `file ${writeName(item.value)}`,
  fields({ path: pathText(fieldOf(item, 'File') ?? '') }),
];

const readProcess = (item: Item): readonly [string, Fields] => [
  `process ${writeName(item.value)}`,
  fields({
    program: (fieldOf(item, 'Process') ?? '').replace(/^.*\//, ''),
    parameters: fieldOf(item, 'Parameters') ?? 'any',
    quorum: fieldOf(item, 'Min processes'),
  }),
];

/** Reads the dump of keepalived's VRRP process. */
export const readRouterFacts = (dump: readonly Item[]): Facts =>
  new Map([
    ...readVrrpGlobals(dump),
    ...findItems(dump, 'VRRP Instance').map((item) => readInstance(item, dump)),
    ...findItems(dump, 'VRRP Sync Group').map((item) => readGroup(item, dump)),
    ...findItems(dump, 'VRRP Script').map(readScript),
    ...findItems(dump, 'Track file').map(readFile),
    ...findItems(dump, 'VRRP Track process').map(readProcess),
  ]);
