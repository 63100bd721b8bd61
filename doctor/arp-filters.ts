// Looks for rules of nftables on this host that drop ARP, which neighbours need to find the addresses.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Finding } from './finding.ts';

type Chain = {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly hook?: string;
  readonly policy?: string;
  /** Of the family netdev: its interface, or several; absent from an nft that does not say. */
  readonly dev?: string | readonly string[];
};
type Match = {
  readonly left?: {
    readonly payload?: { readonly protocol?: string; readonly field?: string };
    readonly meta?: { readonly key?: string };
  };
  readonly right?: unknown;
};
type Expression = { readonly match?: Match; readonly drop?: null; readonly accept?: null };
type Rule = {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  readonly expr: readonly Expression[];
};

/** Whether a match may hold for ARP: one of another protocol does not. */
const mayBeArp = ({ left, right }: Match): boolean => {
  const { payload, meta } = left ?? {};
  if (payload?.protocol === 'ether' && payload.field === 'type') return right === 'arp';
  if (meta?.key === 'protocol') return right === 'arp';
  return meta?.key !== 'l4proto' && (payload === undefined || ['ether', 'arp'].includes(payload.protocol ?? ''));
};

const isOfArp = ({ expr }: Rule): boolean => expr.every(({ match }) => match === undefined || mayBeArp(match));
const has = (rule: Rule, verdict: 'drop' | 'accept'): boolean => rule.expr.some((one) => verdict in one);
/** It accepts all ARP: nothing of the chain drops any after it. */
const passesAll = (rule: Rule, family: string): boolean =>
  has(rule, 'accept') &&
  isOfArp(rule) &&
  rule.expr.filter(({ match }) => match !== undefined).length <= (family === 'arp' ? 0 : 1);

/** The chains that may drop ARP of an interface, from `nft --json list ruleset`. Pure. @param isBridge whether it is one */
export const arpDroppers = (listing: string, name: string, isBridge: boolean): readonly Chain[] => {
  const { nftables } = JSON.parse(listing) as { nftables: { chain?: Chain; rule?: Rule }[] };
  const rules = nftables.flatMap(({ rule }) => rule ?? []);
  const concerns = ({ family, dev, hook }: Chain): boolean =>
    hook !== undefined &&
    (family === 'arp' ||
      (family === 'netdev' && (dev === undefined || [dev].flat().includes(name))) ||
      (family === 'bridge' && isBridge));
  return nftables.flatMap(({ chain }) => {
    if (chain === undefined || !concerns(chain)) return [];
    const own = rules.filter(
      (rule) => rule.family === chain.family && rule.table === chain.table && rule.chain === chain.name,
    );
    const pass = own.findIndex((rule) => passesAll(rule, chain.family));
    const counting = pass < 0 ? own : own.slice(0, pass);
    const drops = counting.some((rule) => has(rule, 'drop') && isOfArp(rule)) || (pass < 0 && chain.policy === 'drop');
    return drops ? [chain] : [];
  });
};

/** @param names interfaces with IPv4 routers */
export const examineArpFilters = async (names: readonly string[]): Promise<readonly Finding[]> => {
  const listing = await promisify(execFile)('nft', ['--json', 'list', 'ruleset'], { maxBuffer: 2 ** 26 }).then(
    ({ stdout }) => stdout,
    () => '{"nftables":[]}',
  );
  return names.flatMap((name): Finding[] => {
    const chains = arpDroppers(listing, name, existsSync(`/sys/class/net/${name}/bridge`));
    if (chains.length === 0) return [];
    const text = chains.map(({ family, table, name: chain }) => `${family} ${table} ${chain}`);
    return [
      {
        code: 'arp-filtered',
        severity: 'warning',
        about: name,
        message: `may not answer ARP: nftables drops some of it in ${text.join(' and ')}`,
        mend: chains
          .map(
            ({ family, table, name: chain }) =>
              `nft insert rule ${family} ${table} ${chain} ${family === 'arp' ? 'accept' : 'ether type arp accept'}`,
          )
          .join(' && '),
      },
    ];
  });
};
