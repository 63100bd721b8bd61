// The source address of probes must have the family of the server.

import { isIP } from 'node:net';
import { type Finding, type Item, isRecord, itemAt, recordsAt } from './finding.ts';
import { hostOf } from './unicast-rules.ts';

const checksOf = (owner: Item): Item[] => [
  ...(isRecord(owner.written.check) ? [itemAt(owner.written.check, [...owner.path, 'check'])] : []),
  ...recordsAt(owner, 'checks'),
];

const familyOf = (text: unknown): number => (typeof text === 'string' ? isIP(hostOf(text)) : 0);

const judge = (check: Item, server: Item): Finding[] => {
  // A check with its own address is judged by itself.
  if ('address' in check.written || !('source_address' in check.written)) return [];
  const [to, from] = [familyOf(server.written.address), familyOf(check.written.source_address)];
  if (to === 0 || from === 0 || to === from) return [];
  return [
    {
      path: [...check.path, 'source_address'],
      message: `it must be of the family of the server's address ${server.written.address}`,
      other: [...server.path, 'address'],
    },
  ];
};

/** Checks the source addresses of all checks against their servers; for a service's check the first that clashes. */
export const checkSources = (services: readonly Item[]): Finding[] =>
  services.flatMap((service) => {
    const servers = recordsAt(service, 'real_servers');
    const bare = servers.filter(({ written }) => written.check === undefined && written.checks === undefined);
    return [
      ...checksOf(service).flatMap((check) => bare.flatMap((server) => judge(check, server)).slice(0, 1)),
      ...servers.flatMap((server) => checksOf(server).flatMap((check) => judge(check, server))),
    ];
  });
