// What the running director says of its peers: whether they answer, where they differ, and whether two of them
// may hold an address. Pure.

import { parseEndpoint } from '../net/endpoint.ts';
import type { Finding } from './finding.ts';

export type SeenPeer = {
  readonly address: string;
  readonly director?: string;
  readonly reachable: boolean;
  readonly lastError?: string;
  readonly differences?: readonly string[];
};

/**
 * @param file the configuration that is examined
 * @param describe what a difference means for these directors
 */
export const judgePeers = (peers: readonly SeenPeer[], file: string, describe: (text: string) => string): Finding[] =>
  peers.flatMap(({ address, director: name = address, reachable, lastError, differences = [] }): Finding[] => {
    const host = parseEndpoint(address)?.address ?? address;
    if (!reachable)
      return [
        {
          code: 'peer-unreachable',
          severity: 'warning',
          about: name,
          message: `this director cannot exchange commands with it: ${lastError ?? 'it has not answered yet'}`,
          mend: 'systemctl start regent',
          on: host,
        },
      ];
    return differences.map((text) => ({
      code: 'peer-differs',
      severity: 'warning',
      about: name,
      message: describe(text),
      mend: `ssh ${host} cat ${file} | diff ${file} -`,
    }));
  });

export type SeenVerdict = { readonly router: string; readonly verdict: string; readonly text: string };

/** A split brain that is going on. */
export const judgeVerdicts = (verdicts: readonly SeenVerdict[]): Finding[] =>
  verdicts.map(({ router, verdict, text }) => ({
    code: 'split-brain',
    severity: 'error',
    about: `router ${router}`,
    message: `split brain, ${verdict}: ${text}`,
    mend: `regent why router ${router}`,
  }));
