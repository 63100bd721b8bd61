// regent and keepalived elect one master together, whichever starts first and whichever ranks higher.

import { type Conversation, converse, type Party, start } from './conversation.ts';

const other = (party: Party): Party => (party === 'regent' ? 'keepalived' : 'regent');
const parties: readonly Party[] = ['regent', 'keepalived'];

const orders = ([2, 3] as const).flatMap((version) =>
  parties.flatMap((first) =>
    parties.map(
      (higher): Conversation => ({
        name: `version ${version}: ${higher} ranks higher, ${first} starts first`,
        version,
        regent: { priority: higher === 'regent' ? 150 : 100 },
        keepalived: { priority: higher === 'keepalived' ? 150 : 100 },
        lines: [
          [start(first), first],
          [start(other(first)), higher],
        ],
      }),
    ),
  ),
);

const ties = parties.map(
  (first): Conversation => ({
    name: `equal priority: ${first}, which was there first, stays master`,
    regent: { priority: 100 },
    keepalived: { priority: 100 },
    lines: [
      [start(first), first],
      [start(other(first)), first],
    ],
  }),
);

converse('an election of regent and keepalived', [...orders, ...ties]);
