// Looks for a firewall on this host that drops VRRP, and names the chains that must accept it.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { acceptTable } from '../kernel/nftables/accept-rules.ts';
import { type LoopOutcome, probeLoop } from '../kernel/sockets/loop-probe.ts';
import type { Family } from '../net/ip-address.ts';
import type { Finding } from './finding.ts';

type Chain = {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly type?: string;
  readonly hook?: string;
};

const otherFamily = { ipv4: 'ip6', ipv6: 'ip' } as const;

/** Chains that may drop this host's packets, from `nft --json list chains`: regent's own drop no VRRP. Pure. */
export const filterChains = (listing: string, families: readonly Family[]): readonly Chain[] => {
  const { nftables } = JSON.parse(listing) as { nftables: { chain?: Chain }[] };
  return nftables.flatMap(({ chain }) =>
    chain?.type === 'filter' &&
    (chain.hook === 'input' || chain.hook === 'output') &&
    chain.table !== acceptTable &&
    families.some((family) => chain.family !== otherFamily[family])
      ? [chain]
      : [],
  );
};

const legacyPrograms = { ipv4: 'iptables-legacy', ipv6: 'ip6tables-legacy' } as const;

/** For legacy iptables rules, which nftables does not list. */
const passLegacy = (families: readonly Family[]): string =>
  families
    .flatMap((family) => ['INPUT', 'OUTPUT'].map((chain) => `${legacyPrograms[family]} -I ${chain} -p 112 -j ACCEPT`))
    .join(' && ');

/** Accepts VRRP in each chain: an `accept` in one chain does not bind the next. Pure. */
const passCommand = (chains: readonly Chain[], families: readonly Family[]): string =>
  chains.length === 0
    ? passLegacy(families)
    : chains
        .map(({ family, table, name }) => `nft insert rule ${family} ${table} ${name} meta l4proto 112 accept`)
        .join(' && ');

const familyNames = { ipv4: 'VRRP', ipv6: 'VRRP over IPv6' } as const;

type Looked = { readonly name: string; readonly family: Family; readonly outcome: LoopOutcome };

const judgeOutcome = ({ name, family, outcome }: Looked, mend: string): Finding =>
  outcome === 'unready'
    ? {
        code: 'multicast-unready',
        severity: 'hint',
        about: name,
        message: 'has just come up and is not ready for multicast: try again in a moment',
        mend: 'sleep 3',
      }
    : {
        code: 'firewall',
        severity: 'error',
        about: name,
        message:
          outcome === 'refused'
            ? `a firewall of this host blocks sending ${familyNames[family]} (protocol 112)`
            : `a firewall of this host drops ${familyNames[family]} (protocol 112), sent or received`,
        mend,
      };

export const examineFirewall = async (
  places: readonly { readonly name: string; readonly index: number; readonly family: Family }[],
): Promise<readonly Finding[]> => {
  const outcomes = places.map(({ name, index, family }) => ({ name, family, outcome: probeLoop(name, index, family) }));
  const failed = outcomes.filter(({ outcome }) => outcome !== 'passed');
  if (failed.length === 0) return [];
  const listing = await promisify(execFile)('nft', ['--json', 'list', 'chains']).then(
    ({ stdout }) => stdout,
    () => '{"nftables":[]}',
  );
  const families = [...new Set(failed.map(({ family }) => family))];
  const mend = passCommand(filterChains(listing, families), families);
  return failed.map((one) => judgeOutcome(one, mend));
};
