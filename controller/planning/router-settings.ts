// The effect of a router's changed settings, apart from what a master holds, on its mastership. Pure.

import { isDeepStrictEqual } from 'node:util';
import type { RouterConfig } from '../../config/model/model.ts';
import type { RouterStatus } from '../../vrrp/status.ts';
import type { Effect } from '../plan-line.ts';

/** Settings whose change may make peers ignore a router, or make it fault. */
const disputed: readonly (keyof RouterConfig)[] = [
  'authentication',
  'peers',
  'multicast',
  'source',
  'checkSource',
  'minTtl',
  'addressMismatch',
  'checksum',
  'track',
  'virtualMac',
];

const advertised = ({ addresses }: RouterConfig): string[] => addresses.map(({ address }) => address);

/** Peers that still have the old addresses drop what has none of them in common, and both rule. */
export const isOfAnotherPair = (before: RouterConfig, after: RouterConfig): boolean => {
  const old = new Set(advertised(before));
  return !advertised(after).some((address) => old.has(address));
};

/** Whether a change of these settings changes the master, or may. */
export const effectOfSettings = (before: RouterConfig, after: RouterConfig, now: RouterStatus | undefined): Effect => {
  const differs = (key: keyof RouterConfig): boolean => !isDeepStrictEqual(before[key], after[key]);
  if (disputed.some(differs)) return 'election';
  // VRRPv2 peers with different intervals drop each other's packets.
  if (after.version === 2 && differs('advertisementInterval')) return 'election';
  const isMaster = now?.state === 'master';
  const shift = after.priority - before.priority;
  if (isMaster && shift < 0) return 'election';
  if (isMaster) return before.accept && !after.accept ? 'cuts' : 'hitless';
  const master = now?.master?.priority;
  const isStronger = shift > 0 || (after.preempt && !before.preempt);
  // What is tracked adds to both priorities.
  const effective = (now?.priority ?? before.priority) + shift;
  return (isStronger && after.preempt && (master === undefined || effective >= master)) ||
    (shift < 0 && master === undefined)
    ? 'election'
    : 'hitless';
};
