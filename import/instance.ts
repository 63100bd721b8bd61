// A vrrp_instance as a whole: its family, its version, and strict mode. Pure.

import { isIP } from 'node:net';
import { numberOf, type Say } from './election.ts';
import { blockOf, lastOf, type Statement } from './statement.ts';
import { bareAddress, isOn } from './values.ts';

export type Instance = {
  readonly statement: Statement;
  readonly block: readonly Statement[];
  readonly globals: readonly Statement[];
  readonly family: 4 | 6;
  readonly version: 2 | 3;
  /** The line that gives the version, if one does. */
  readonly versionLine: Statement | undefined;
  readonly isStrict: boolean;
};

const isStrict = (block: readonly Statement[], globals: readonly Statement[]): boolean => {
  const own = lastOf(block, 'strict_mode');
  return own === undefined ? lastOf(globals, 'vrrp_strict') !== undefined : isOn(own);
};

const familyOf = (text: string | undefined): (4 | 6)[] => {
  const family = isIP(bareAddress(text) ?? '');
  return family === 4 || family === 6 ? [family] : [];
};

/** The family of the first address; keepalived skips the other family. */
export const findFamily = (block: readonly Statement[]): 4 | 6 =>
  block.flatMap(({ keyword, words, block: lines = [] }): (4 | 6)[] => {
    if (/^(unicast_src_ip|mcast_src_ip|mcast_dst_ip)$/.test(keyword)) return familyOf(words[0]);
    if (/^(unicast_peer|virtual_ipaddress)$/.test(keyword)) return lines.flatMap((line) => familyOf(line.keyword));
    return keyword === 'native_ipv6' ? [6] : [];
  })[0] ?? 4;

/** keepalived's effective version line: the first, unless IPv6 addresses stand above it. */
const givenVersion = (block: readonly Statement[], family: 4 | 6): Statement | undefined => {
  const versions = block.filter(({ keyword, words }) => keyword === 'version' && /^[23](\D|$)/.test(words[0] ?? ''));
  const hasFamily = ({ keyword }: Statement): boolean =>
    /^(unicast_src_ip|mcast_src_ip|unicast_peer|virtual_ipaddress)$/.test(keyword);
  return versions.find(
    (line) => numberOf(line) === 3 || family === 4 || !block.slice(0, block.indexOf(line)).some(hasFamily),
  );
};

const strictLimits = (instance: Instance, say: Say): void => {
  if (!instance.isStrict) return;
  const { block, statement } = instance;
  const strict = lastOf(block, 'strict_mode') ?? statement;
  say(
    'changed',
    strict,
    'strict mode drops what is sent to the addresses (`accept: false`), authentication and preempt_delay; more of it regent does not enforce',
  );
  if (lastOf(block, 'unicast_peer') !== undefined)
    say('mistaken', strict, 'keepalived refuses unicast in strict mode, and with it the whole configuration');
  const down = lastOf(block, 'down_timer_adverts');
  if (down !== undefined) say('mistaken', down, 'keepalived means 3 in strict mode');
};

export const readInstance = (statement: Statement, globals: readonly Statement[], say: Say): Instance => {
  const block = blockOf(statement);
  const family = findFamily(block);
  const versionLine = givenVersion(block, family) ?? (family === 4 ? lastOf(globals, 'vrrp_version') : undefined);
  // keepalived uses version 2 over IPv6 only if told to; no standard allows it.
  const version = family === 6 || numberOf(versionLine) === 3 ? 3 : 2;
  if (versionLine !== undefined && family === 6 && numberOf(versionLine) === 2)
    say('changed', versionLine, 'version 2 is for IPv4 alone: 3 is spoken, which a keepalived of version 2 drops');
  const instance = {
    statement,
    block,
    globals,
    family,
    version,
    versionLine,
    isStrict: isStrict(block, globals),
  } as const;
  strictLimits(instance, say);
  return instance;
};
