// Facts about checkers from keepalived's dump, each with the server that it probes. Pure.

import { parseAddress } from '../../net/ip-address.ts';
import { fieldOf, findItems, type Item, listOf } from './dump.ts';
import { commandText, endpointText, type Fields, fields, milliseconds, sorted } from './facts.ts';

const types: Readonly<Record<string, string>> = {
  HTTP_GET: 'http',
  SSL_GET: 'https',
  TCP_CHECK: 'tcp',
  PING_CHECK: 'ping',
  SMTP_CHECK: 'smtp',
  UDP_CHECK: 'udp',
  DNS_CHECK: 'dns',
  MISC_CHECK: 'script',
};

const unquote = (text: string | undefined): string | undefined => text?.replace(/^'(.*)'$/, '$1');

const microseconds = (text = '0 us'): number => Number(text.split(' ')[0]) / 1e6;

const destinationOf = (item: Item, isPort: boolean): string => {
  const connection = item.items.find(({ key }) => key === 'Connection');
  const [, address = '', port = '0'] = /Dest = \[([^\]]+)\]:(\d+)/.exec(connection?.items[0]?.text ?? '') ?? [];
  return endpointText(parseAddress(address) ?? address, isPort ? Number(port) : 0);
};

const timingOf = (item: Item, timeout: string): Record<string, string> => {
  const interval = microseconds(fieldOf(item, 'Delay loop'));
  const retries = Number(fieldOf(item, 'Retries') ?? 0);
  const pause = microseconds(fieldOf(item, 'Delay before retry'));
  return {
    interval: milliseconds(interval),
    timeout,
    'failures until down': String(retries + 1),
    ...(retries > 0 && { 'tries again after': milliseconds(Math.max(0.01, Math.min(pause, interval))) }),
  };
};

/** The request and expected answer of one url. */
const pageOf = (url: Item, hosts: readonly (string | undefined)[]): Record<string, string> => {
  const pattern = /^Regex = "(.*)"$/.exec(url.items.find(({ key }) => key === 'Regex')?.text ?? '')?.[1];
  const isInverted = url.items.some(({ text }) => text === 'Regex no match');
  return {
    path: url.value,
    host: [fieldOf(url, 'Virtual host'), ...hosts].find((host) => host !== undefined) ?? 'none',
    statuses: sorted(listOf(url, /^HTTP Status Code/).map(({ text }) => text)),
    pattern: pattern === undefined ? 'none' : `${isInverted ? 'not ' : ''}${pattern}`,
    digest: fieldOf(url, 'digest') ?? 'none',
  };
};

const kindOf = (item: Item, type: string, hosts: readonly (string | undefined)[]): Record<string, string>[] => {
  switch (type) {
    case 'http':
    case 'https':
      return item.items
        .filter(({ key }) => key === 'Checked url')
        .map((url) => pageOf(url, [fieldOf(item, 'Virtualhost'), ...hosts]));
    case 'script': {
      const words = [...(fieldOf(item, 'script') ?? '').matchAll(/'((?:[^'\\]|\\.)*)'/g)].map(([, word = '']) => word);
      return [
        { command: commandText(words), 'weight from its status': fieldOf(item, 'dynamic') === 'YES' ? 'yes' : 'no' },
      ];
    }
    case 'dns':
      return [{ type: fieldOf(item, 'Type') ?? '', name: fieldOf(item, 'Name') || '.' }];
    case 'smtp':
      return [{ helo: fieldOf(item, 'helo') ?? '' }];
    case 'udp':
      return [{ 'needs a reply': fieldOf(item, 'Require reply') ?? 'no' }];
    default:
      return [{}];
  }
};

type Server = { readonly item: Item; readonly name: string };

/** A virtual server of the dump. */
export type Service = {
  /** Its name in facts. */
  readonly name: string;
  /** Its name in keepalived's list of checkers. */
  readonly label: string;
  readonly item: Item;
  readonly servers: readonly Server[];
};

/** The facts of all checkers, numbered for each server. */
export const readCheckFacts = (dump: readonly Item[], services: readonly Service[]): (readonly [string, Fields])[] => {
  const counts = new Map<string, number>();
  return findItems(dump, 'Health checkers').flatMap(({ items }) =>
    items.flatMap((item): (readonly [string, Fields])[] => {
      const [label = '', target = ''] = item.text.split(' -> ');
      const service = services.find((each) => each.label === label);
      const [, address = '', port = '0'] = /^\[([^\]]+)\]:\w+:(\d+)$/.exec(target) ?? [];
      const name = endpointText(parseAddress(address) ?? address, Number(port));
      const server = service?.servers.find((each) => each.name === name);
      const type = types[fieldOf(item, 'Keepalive method')?.split(',')[0] ?? ''];
      // A checker remains after keepalived skipped its server.
      if (service === undefined || server === undefined || type === undefined) return [];
      const hosts = [unquote(fieldOf(server.item, 'VirtualHost')), fieldOf(service.item, 'VirtualHost')];
      const isScript = type === 'script';
      const limit = isScript
        ? Number(fieldOf(item, 'timeout'))
        : Number(fieldOf(item.items.find(({ key }) => key === 'Connection') ?? item, 'Timeout'));
      const timeout = milliseconds(isScript && limit === 0 ? (fieldOf(service.item, 'delay_loop') ?? 0) : limit);
      return kindOf(item, type, hosts).map((own) => {
        const subject = `service ${service.name}, server ${name}`;
        const count = (counts.get(subject) ?? 0) + 1;
        counts.set(subject, count);
        return [
          `${subject}, check ${count}`,
          fields({
            kind: type,
            ...(!isScript && { to: destinationOf(item, type !== 'ping') }),
            ...timingOf(item, timeout),
            ...own,
          }),
        ] as const;
      });
    }),
  );
};
