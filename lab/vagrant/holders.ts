// Which director holds a virtual address, by captured ARP answers and announcements: two at once are a split brain. Pure.

import type { Sighting } from '../capture.ts';
import type { Check } from '../inspection.ts';
import type { DirectorName } from '../topology.ts';

/** How long after its successor's first announcement a predecessor may answer, in milliseconds: until then it cannot know. */
export const handoverLimit = 250;

type Claim = Extract<Sighting, { type: 'announcement' | 'answer' }>;

const isClaim = (sighting: Sighting): sighting is Claim =>
  sighting.type === 'announcement' || sighting.type === 'answer';

/**
 * Whether an address moved from one director to another once, and no other host claimed it: never two MACs for it except during
 * the handover. The address must have been requested continuously meanwhile.
 */
export const oneHolder = (
  sightings: readonly Sighting[],
  address: string,
  { from, to }: { readonly from: DirectorName; readonly to: DirectorName },
): Check => {
  const claims = sightings.filter(isClaim).filter((claim) => claim.address === address);
  const answersOf = (name: DirectorName) => claims.filter(({ by }) => by === name);
  const strangers = claims.filter(({ by }) => by !== from && by !== to);
  const [first] = answersOf(to);
  const last = answersOf(from).at(-1);
  if (first === undefined || last === undefined)
    return { held: false, text: `${address}: the capture has no answers of both directors` };
  const overlap = last.time - first.time;
  const counts = `${address}: ${answersOf(from).length} ARP answers of ${from}, then ${answersOf(to).length} of ${to}`;
  if (strangers.length > 0) return { held: false, text: `${counts}, and ${strangers.length} of others` };
  if (overlap > handoverLimit)
    return {
      held: false,
      text: `${counts}, but ${from} still answered ${overlap.toFixed(0)} ms after ${to} first did`,
    };
  return { held: true, text: `${counts}, never both` };
};
