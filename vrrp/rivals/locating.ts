// Where a rival is on the link: the kernel's neighbours know the MAC of a source, and who else is at the MAC of a claim.

import { elapsed, type Instant } from '../../base/units.ts';
import type { Ports } from '../ports.ts';
import type { Evidence } from './rivalry.ts';
import type { Whereabouts } from './rivals.ts';

/** How long a list is reused: a resumed peer is a rival of many routers at once, and the kernel takes milliseconds to list. */
const neighboursAge = 100;

export type Locate = (evidence: Evidence, interfaceIndex: number) => Whereabouts;

export const createLocator = (ports: Pick<Ports, 'clock' | 'neighbours' | 'askNeighbour'>): Locate => {
  let listed: { readonly at: Instant; readonly neighbours: ReturnType<Ports['neighbours']> } | undefined;
  const neighboursNow = (): ReturnType<Ports['neighbours']> => {
    const now = ports.clock();
    if (listed === undefined || elapsed(listed.at, now) >= neighboursAge) {
      listed = { at: now, neighbours: ports.neighbours() };
    }
    return listed.neighbours;
  };

  return (evidence, interfaceIndex) => {
    const known = neighboursNow().filter((entry) => entry.interfaceIndex === interfaceIndex);
    if (evidence.source === undefined) {
      return { neighbours: known.flatMap(({ mac, address }) => (mac === evidence.mac ? [address] : [])) };
    }
    const mac = known.find(({ address }) => address === evidence.source)?.mac;
    if (mac !== undefined) return { mac };
    // A multicast sender need not be resolved yet; once it is, its next advertisement shows its MAC.
    ports.askNeighbour(evidence.source, interfaceIndex);
    return {};
  };
};
