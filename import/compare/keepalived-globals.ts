// Facts about the whole of keepalived from its global definitions: those that change what it does. Pure.

import { parseAddress } from '../../net/ip-address.ts';
import { writeName } from '../values.ts';
import { fieldOf, findItems, type Item, listOf } from './dump.ts';
import { type Fields, fields, milliseconds, sorted } from './facts.ts';
import { commandOf } from './keepalived-notifications.ts';

const fifoOf = (item: Item, field: string): string => fieldOf(item, field)?.split(',')[0] ?? 'none';

/** Announcements a second; 500 at most with regent. */
export const rateText = (rate: number): string => `${Math.min(500, rate)} a second at most`;

const rateOf = (item: Item): string => {
  const pause = Math.max(
    Number(fieldOf(item, 'Gratuitous ARP interval') ?? 0),
    Number(fieldOf(item, 'Gratuitous NA interval') ?? 0),
  );
  return rateText(pause === 0 ? Number.POSITIVE_INFINITY : Math.max(1, Math.round(1 / pause)));
};

const mailOf = (item: Item): string | undefined => {
  const server = fieldOf(item, 'Smtp server');
  const receivers = listOf(item, 'Email notification to').map(({ text }) => text);
  return server === undefined || receivers.length === 0
    ? undefined
    : `to ${sorted(receivers)} by ${parseAddress(server) ?? server}`;
};

/** What keepalived mails of something whose alerts are on; undefined without a mail server and receivers. */
export const mailOfItem = (item: Item, dump: readonly Item[]): string | undefined => {
  const isOn = fieldOf(item, 'Using smtp notification') === 'yes';
  return isOn && findItems(dump, 'Global definitions').some((each) => mailOf(each) !== undefined)
    ? 'at each change'
    : undefined;
};

const syncOf = (item: Item): readonly (readonly [string, Fields])[] => {
  const link = fieldOf(item, 'LVS syncd interface');
  if (link === undefined) return [];
  return [
    [
      'connection synchronisation',
      fields({
        interface: link,
        id: fieldOf(item, 'LVS syncd syncid'),
        'bytes at most': fieldOf(item, 'LVS syncd maxlen') ?? '1472',
        port: fieldOf(item, 'LVS syncd mcast port') ?? '8848',
        TTL: fieldOf(item, 'LVS syncd mcast ttl') ?? '1',
      }),
    ],
  ];
};

/** What the VRRP process uses of the global definitions. */
export const readVrrpGlobals = (dump: readonly Item[]): readonly (readonly [string, Fields])[] => {
  const [item] = findItems(dump, 'Global definitions');
  if (item === undefined) return [];
  return [
    [
      'director',
      fields({
        name: writeName(fieldOf(item, 'Router ID') ?? ''),
        'announcements leave': rateOf(item),
        'FIFO for everything': fifoOf(item, 'Global notify fifo'),
        'FIFO for routers': fifoOf(item, 'VRRP notify fifo'),
        'notifies of priority changes': fieldOf(item, 'VRRP notify priority changes') === 'true' ? 'yes' : undefined,
        mail: mailOf(item),
        'runs at its start': commandOf(item, 'Startup script'),
        'runs at its end': commandOf(item, 'Shutdown script'),
      }),
    ],
    ...syncOf(item),
  ];
};

const seconds = (text: string | undefined): string | undefined => (text === undefined ? undefined : milliseconds(text));

/** What the checker process uses of them. keepalived gives the timeout of UDP the name of that of TCP. */
export const readCheckerGlobals = (dump: readonly Item[]): readonly (readonly [string, Fields])[] => {
  const [item] = findItems(dump, 'Global definitions');
  if (item === undefined) return [];
  const idle = item.items.filter(({ key }) => key === 'LVS TCP timeout').map(({ value }) => milliseconds(value));
  return [
    [
      'IPVS',
      fields({
        'idle TCP and UDP connections end after': idle.length > 0 ? idle.join(' and ') : undefined,
        'closed TCP connections end after': seconds(fieldOf(item, 'LVS TCP FIN timeout')),
        'FIFO for services': fifoOf(item, 'LVS notify fifo'),
      }),
    ],
  ];
};
