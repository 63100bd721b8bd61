// Where a rival is on the link: the kernel's neighbours know the MAC of a source, and who else is at the MAC of a claim.

import { type Bucket, type Rate, takeToken } from '../../base/tokens.ts';
import { elapsed, type Instant, milliseconds } from '../../base/units.ts';
import { KernelError } from '../../kernel/system/error.ts';
import type { Ports } from '../ports.ts';
import type { Evidence, Whereabouts } from './rivalry.ts';

/** How long a list is reused: a resumed peer is a rival of many routers at once, and the kernel takes milliseconds to list. */
const neighboursAge = 100;

/** Each question takes an entry of the kernel's table of neighbours, which forged sources must not fill. */
const questionRate: Rate = { burst: 16, refillEvery: milliseconds(1000) };

/** Where the kernel refuses, the rival has no place yet: its next packet asks again. */
const orElse = <Value>(absent: Value, action: () => Value): Value => {
  try {
    return action();
  } catch (error) {
    if (error instanceof KernelError) return absent;
    throw error;
  }
};

export type Locate = (evidence: Evidence, interfaceIndex: number) => Whereabouts;

export const createLocator = (ports: Pick<Ports, 'clock' | 'neighbours' | 'askNeighbour'>): Locate => {
  let listed: { readonly at: Instant; readonly neighbours: ReturnType<Ports['neighbours']> } | undefined;
  const neighboursNow = (): ReturnType<Ports['neighbours']> => {
    const now = ports.clock();
    if (listed === undefined || elapsed(listed.at, now) >= neighboursAge) {
      listed = { at: now, neighbours: orElse([], ports.neighbours) };
    }
    return listed.neighbours;
  };

  let questions: Bucket | undefined;

  return (evidence, interfaceIndex) => {
    const known = neighboursNow().filter((entry) => entry.interfaceIndex === interfaceIndex);
    if (evidence.source === undefined) {
      return { neighbours: known.flatMap(({ mac, address }) => (mac === evidence.mac ? [address] : [])) };
    }
    const mac = known.find(({ address }) => address === evidence.source)?.mac;
    if (mac !== undefined) return { mac };
    // A multicast sender need not be resolved yet; once it is, its next advertisement shows its MAC.
    const { source } = evidence;
    const [after, isTaken] = takeToken(questions, questionRate, ports.clock());
    questions = after;
    if (isTaken) orElse(undefined, () => ports.askNeighbour(source, interfaceIndex));
    return {};
  };
};
