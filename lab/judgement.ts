// Judges what the client's requests of a step say. Pure; each judgement is a check in words.

import type { Check } from './inspection.ts';
import { type Attempt, findOutage, measureOutage, tally, within } from './outage.ts';
import type { Takeover } from './timeline.ts';

/** How much later than computed a takeover may be, in milliseconds. */
export const allowance = 250;
/** How much earlier than computed it may seem in a capture: two clocks read at two places. */
const tolerance = 20;

const listErrors = (errors: Readonly<Record<string, number>>): string =>
  Object.entries(errors)
    .map(([error, times]) => `${times} x ${error}`)
    .join(', ');

/** Whether requests were made and none failed. */
export const noneFailed = (requests: readonly Attempt[], when = ''): Check => {
  const { made, failed, errors } = tally(requests);
  const detail = failed === 0 ? '' : `: ${listErrors(errors)}`;
  return { held: failed === 0 && made > 0, text: `${failed} of ${made} requests${when} failed${detail}` };
};

/** Whether the good answers came from all of these servers and no other. */
export const answeredBy = (requests: readonly Attempt[], expected: readonly string[], when: string): Check => {
  const names = Object.keys(tally(requests).answered);
  const isSame = names.length === expected.length && names.every((name) => expected.includes(name));
  return { held: isSame, text: `answered ${when} by ${names.length === 0 ? 'nobody' : names.join(' and ')}` };
};

/** The requests that started after a moment. */
export const startedAfter = (requests: readonly Attempt[], moment: number): readonly Attempt[] =>
  requests.filter(({ start }) => start > moment);

/** Whether the service was away, since the cut was real, and back in time: at most `late` ms after the computed moment. */
export const backInTime = (requests: readonly Attempt[], cut: number, masterDown: number, late = allowance): Check => {
  if (findOutage(requests) === undefined) return { held: false, text: 'no request failed: the cut had no effect' };
  const outage = measureOutage(requests, cut);
  const limit = masterDown + late;
  const text = Number.isFinite(outage) ? `back ${outage} ms after the cut` : 'the service did not come back';
  return { held: outage <= limit, text: `${text} (limit ${Math.round(limit)} ms)` };
};

/** Whether the capture agrees: the successor spoke when its master down interval had passed, neither before nor much later. */
export const tookOverInTime = (takeover: Takeover, masterDown: number, late = allowance): Check => {
  const { to, lastAdvertisement, firstAdvertisement, firstAnnouncement } = takeover;
  if (lastAdvertisement === undefined || firstAdvertisement === undefined || firstAnnouncement === undefined) {
    return { held: false, text: `the capture has no complete takeover of ${to}` };
  }
  const isInTime = (moment: number) => {
    const waited = moment - lastAdvertisement;
    return waited >= masterDown - tolerance && waited <= masterDown + late;
  };
  const spoke = (firstAdvertisement - lastAdvertisement).toFixed(1);
  const announced = (firstAnnouncement - lastAdvertisement).toFixed(1);
  return {
    held: isInTime(firstAdvertisement) && isInTime(firstAnnouncement),
    text: `captured: ${to} advertised ${spoke} ms and sent ARP ${announced} ms after the last advertisement (computed ${masterDown.toFixed(1)} ms)`,
  };
};

/**
 * Whether a dead real server cost no more than its share of the requests that were made while its death may go unseen.
 * Of the requests really made: an emulated processor does not reach the nominal pace, and must not gain from that.
 * @param death when the server died; `detection` in milliseconds; `share` as a fraction.
 */
export const costsItsShare = (requests: readonly Attempt[], death: number, detection: number, share: number): Check => {
  const { failed, errors } = tally(requests);
  const exposed = within(requests, death, death + detection).length;
  // One more for the request that was under way when the server died.
  const limit = Math.ceil(exposed * share) + 1;
  const detail = failed === 0 ? '' : ` (${listErrors(errors)})`;
  return { held: failed <= limit, text: `${failed} requests failed${detail}, at most ${limit} may` };
};
