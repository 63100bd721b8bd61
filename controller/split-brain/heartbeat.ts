// What a director says of itself to its peers, at their request: its routers' states, and whether its witness answers. Pure.

import { harmlessText } from '../../base/harmless-text.ts';
import type { RouterStatus } from '../../vrrp/status.ts';
import type { WitnessState } from './witness-state.ts';

/** A virtual router as one director has it; `key` names it on all of them. */
export type Standing = {
  readonly key: string;
  readonly state: RouterStatus['state'];
  readonly priority: number;
  /** The address that it advertises from; absent while it is not attached. */
  readonly source?: string;
  /** It may not be master for now. */
  readonly restrained?: true;
};

export type Heartbeat = {
  readonly standings: readonly Standing[];
  /** Absent where no witness is configured. */
  readonly witness?: WitnessState;
};

const states: readonly string[] = ['initialize', 'backup', 'candidate', 'master', 'leaving'];
const witnessStates: readonly string[] = ['untried', 'answers', 'lost'];
/** There are 255 ids, on a few interfaces. */
const mostStandings = 4096;

const firstOf = (addresses: readonly string[]): string => {
  let [first = ''] = addresses;
  for (const address of addresses) if (address < first) first = address;
  return first.replace(/\/.*$/, '');
};

/** Directors may name a router and its interface differently: its id and its first address in order are the same on all. */
export const keyOf = ({ virtualRouterId, addresses }: Pick<RouterStatus, 'virtualRouterId' | 'addresses'>): string =>
  `${virtualRouterId} ${firstOf(addresses)}`.trim();

export const standingOf = (router: RouterStatus): Standing => ({
  key: keyOf(router),
  state: router.state,
  priority: router.priority,
  ...(router.source !== undefined && { source: router.source }),
  ...((router.aside || router.restraint?.kind === 'yield') && { restrained: true as const }),
});

const decodeStanding = (value: unknown): Standing[] => {
  if (typeof value !== 'object' || value === null) return [];
  const { key, state, priority, source, restrained } = value as Readonly<Record<string, unknown>>;
  if (typeof key !== 'string' || typeof priority !== 'number' || !states.includes(String(state))) return [];
  return [
    {
      key: harmlessText(key, 100),
      state: state as Standing['state'],
      priority,
      ...(typeof source === 'string' && { source: harmlessText(source, 100) }),
      ...(restrained === true && { restrained }),
    },
  ];
};

/** Undefined where there is none, or it is no heartbeat. */
export const decodeHeartbeat = (value: unknown): Heartbeat | undefined => {
  if (typeof value !== 'object' || value === null) return undefined;
  const { standings, witness } = value as Readonly<Record<string, unknown>>;
  if (!Array.isArray(standings)) return undefined;
  return {
    standings: standings.slice(0, mostStandings).flatMap(decodeStanding),
    ...(witnessStates.includes(String(witness)) && { witness: witness as WitnessState }),
  };
};
