// Criteria of a step, judged by the client's requests and the capture; each gives a check with a text. Pure.

import type { Established } from './established.ts';
import type { Check } from './inspection.ts';
import { type Attempt, findOutage, measureOutage, tally, within } from './outage.ts';
import type { Takeover } from './timeline.ts';

/** How much later than computed a takeover may be, in milliseconds. */
export const allowance = 250;
/** How much earlier than computed it may appear in a capture: two clocks are read at two places. */
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

/** Whether the good answers came from exactly these servers. */
export const answeredBy = (requests: readonly Attempt[], expected: readonly string[], when: string): Check => {
  const names = Object.keys(tally(requests).answered);
  const isSame = names.length === expected.length && names.every((name) => expected.includes(name));
  return { held: isSame, text: `answered ${when} by ${names.length === 0 ? 'no host' : names.join(' and ')}` };
};

/** The requests that started after a moment. */
export const startedAfter = (requests: readonly Attempt[], moment: number): readonly Attempt[] =>
  requests.filter(({ start }) => start > moment);

/** Whether the service was away, as the cut was real, and back in time: at most `late` ms after the computed moment. */
export const backInTime = (requests: readonly Attempt[], cut: number, masterDown: number, late = allowance): Check => {
  if (findOutage(requests) === undefined) return { held: false, text: 'no request failed: the cut had no effect' };
  const outage = measureOutage(requests, cut);
  const limit = masterDown + late;
  const text = Number.isFinite(outage) ? `back ${outage} ms after the cut` : 'the service did not come back';
  return { held: outage <= limit, text: `${text} (limit ${Math.round(limit)} ms)` };
};

/** Whether the capture agrees: the successor advertised after its master down interval, neither before nor much later. */
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
 * Whether a dead real server cost no more than its share of the requests made before detection. Only actual requests count: an
 * emulated processor does not reach the nominal pace, and must not gain from that.
 * @param death time of the server's death; `detection` in milliseconds; `share` as a fraction.
 */
export const costsItsShare = (requests: readonly Attempt[], death: number, detection: number, share: number): Check => {
  const { failed, errors } = tally(requests);
  const exposed = within(requests, death, death + detection).length;
  // One more for the request in progress when the server died.
  const limit = Math.ceil(exposed * share) + 1;
  const detail = failed === 0 ? '' : ` (${listErrors(errors)})`;
  return { held: failed <= limit, text: `${failed} requests failed${detail}, at most ${limit} may` };
};

const count = (connections: readonly Established[], kind: Established['kind']): string => {
  const words = { 'keep-alive': 'keep-alive connection', download: 'download' };
  return `${connections.length} ${words[kind]}${connections.length === 1 ? '' : 's'}`;
};
const nameEnds = (connections: readonly Established[]): string =>
  [...new Set(connections.flatMap(({ ended }) => (ended === undefined ? [] : [ended])))].join(', ');

/** Groups connections of a kind by their fate since a moment. */
const sortByFate = (connections: readonly Established[], kind: Established['kind'], moment: number) => {
  const own = connections.filter((connection) => connection.kind === kind);
  const lost = own.filter(({ ended }) => ended !== undefined);
  const going = own.filter(({ ended, receivedAt }) => ended === undefined && receivedAt > moment);
  return { own, lost, going, silent: own.filter((one) => !lost.includes(one) && !going.includes(one)) };
};

const kinds = ['keep-alive', 'download'] as const;

/** Whether every connection received data after a moment, and none ended. */
export const outlived = (connections: readonly Established[], moment: number): readonly Check[] =>
  kinds.map((kind) => {
    const { own, lost, going, silent } = sortByFate(connections, kind, moment);
    const detail = [
      ...(lost.length > 0 ? [`${lost.length} ended by ${nameEnds(lost)}`] : []),
      ...(silent.length > 0 ? [`${silent.length} silent`] : []),
    ];
    const text = `${going.length} of ${count(own, kind)} go${going.length === 1 ? 'es' : ''} on`;
    return { held: own.length > 0 && going.length === own.length, text: [text, ...detail].join(', ') };
  });

/**
 * Reports the losses if the connections of a lost director cannot be known. It holds if every lost keep-alive connection was
 * ended for the client: none hangs. A download only listens, so its client is not notified.
 * @param why the connections cannot be known.
 */
export const lostCleanly = (connections: readonly Established[], moment: number, why: string): readonly Check[] =>
  kinds.map((kind) => {
    const { own, lost, silent, going } = sortByFate(connections, kind, moment);
    const fates = [
      ...(lost.length > 0 ? [`${lost.length} lost by ${nameEnds(lost)} (${why})`] : []),
      ...(going.length > 0 ? [`${going.length} going on`] : []),
      ...(silent.length > 0 ? [`${silent.length} silent (${why})`] : []),
    ];
    return { held: kind === 'download' || silent.length === 0, text: `of ${count(own, kind)} ${fates.join(', ')}` };
  });
