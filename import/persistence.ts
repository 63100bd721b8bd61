// The persistence of a virtual_server. Pure.

import { isIP } from 'node:net';
import { mapping, type Origin, originOf, scalar } from './document.ts';
import type { OriginSay } from './service-target.ts';
import { lastOf, type Statement } from './statement.ts';
import { writeSeconds } from './values.ts';

/** The prefix length of a netmask, or a prefix length itself as in IPv6. */
const bitsOf = (mask: string): number | undefined => {
  if (/^\d+$/.test(mask)) return Number(mask);
  if (isIP(mask) !== 4) return undefined;
  const bits = mask
    .split('.')
    .map((part) => Number(part).toString(2).padStart(8, '0'))
    .join('');
  return /^1*0*$/.test(bits) ? bits.replace(/0/g, '').length : undefined;
};

// 31 days, keepalived's longest.
const longest = 31 * 24 * 3600;

export const readPersistence = (block: readonly Statement[], isPortless: boolean, origin: Origin, say: OriginSay) => {
  const timeouts = block.filter(({ keyword }) => keyword === 'persistence_timeout');
  const isGood = ({ words: [word] }: Statement): boolean =>
    word === undefined || (/^\d+$/.test(word) && Number(word) >= 1 && Number(word) <= longest);
  for (const line of timeouts.filter((each) => !isGood(each)))
    say(
      'mistaken',
      originOf(line),
      `keepalived ignores it: expected seconds from 1 to ${longest}, not ${line.words[0]}`,
    );
  const statement = timeouts.findLast(isGood);
  const granularity = lastOf(block, 'persistence_granularity');
  const engine = lastOf(block, 'persistence_engine');
  const bits = bitsOf(granularity?.words[0] ?? '');
  if (granularity !== undefined && bits === undefined)
    say(
      'lost',
      originOf(granularity),
      'regent counts the bits of a prefix: expected a netmask whose ones are its first bits',
    );
  const first = statement ?? granularity ?? (isPortless ? undefined : null);
  if (first === null) {
    if (engine !== undefined) say('mistaken', originOf(engine), 'it does nothing without persistence_timeout');
    return undefined;
  }
  const from = first === undefined ? origin : originOf(first);
  if (first === undefined) say('changed', origin, 'a service of every port is persistent: keepalived means 360 s');
  const seconds = statement?.words[0] === undefined ? 360 : Number(statement.words[0]);
  if (seconds > 24 * 3600) say('changed', from, 'a client keeps its server for a day at most');
  const name = engine?.words[0];
  return mapping(
    {
      timeout: scalar(writeSeconds(seconds), from),
      granularity: granularity && bits !== undefined ? scalar(bits, originOf(granularity)) : undefined,
      engine: engine && name !== undefined ? scalar(name, originOf(engine)) : undefined,
    },
    from,
  );
};
