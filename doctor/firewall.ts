// Looks for a firewall of this host that drops VRRP, and says which of its chains must let it pass.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type LoopOutcome, probeLoop } from '../kernel/loop-probe.ts';
import type { Finding } from './finding.ts';

type Chain = {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly type?: string;
  readonly hook?: string;
};

/** Chains that may drop packets of this host's own, from `nft --json list chains`. Pure. */
export const filterChains = (listing: string): readonly Chain[] => {
  const { nftables } = JSON.parse(listing) as { nftables: { chain?: Chain }[] };
  return nftables.flatMap(({ chain }) =>
    chain?.type === 'filter' && (chain.hook === 'input' || chain.hook === 'output') && chain.family !== 'ip6'
      ? [chain]
      : [],
  );
};

/** Lets VRRP pass each chain: an `accept` in one says nothing to the next. Pure. */
export const passCommand = (chains: readonly Chain[]): string | undefined =>
  chains.length === 0
    ? undefined
    : chains
        .map(({ family, table, name }) => `nft insert rule ${family} ${table} ${name} meta l4proto 112 accept`)
        .join(' && ');

const judgeOutcome = (name: string, outcome: LoopOutcome, mend: string | undefined): Finding[] =>
  outcome === 'passed'
    ? []
    : [
        {
          severity: 'error',
          about: name,
          message:
            outcome === 'refused'
              ? 'a firewall of this host forbids to send VRRP (protocol 112)'
              : 'a firewall of this host drops VRRP (protocol 112), sent or received',
          ...(mend !== undefined && { mend }),
        },
      ];

export const examineFirewall = async (
  interfaces: readonly { readonly name: string; readonly index: number }[],
): Promise<readonly Finding[]> => {
  const outcomes = interfaces.map(({ name, index }) => ({ name, outcome: probeLoop(name, index) }));
  if (outcomes.every(({ outcome }) => outcome === 'passed')) return [];
  const listing = await promisify(execFile)('nft', ['--json', 'list', 'chains']).then(
    ({ stdout }) => stdout,
    () => '{"nftables":[]}',
  );
  const mend = passCommand(filterChains(listing));
  // One command opens the chains for all interfaces: it is printed once.
  return outcomes
    .flatMap(({ name, outcome }) => judgeOutcome(name, outcome, mend))
    .map((finding, index) => {
      const { mend: _, ...rest } = finding;
      return index === 0 ? finding : rest;
    });
};
