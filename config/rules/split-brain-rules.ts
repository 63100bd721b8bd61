// Rules about split brain: heartbeats come from peers, and without a witness silence says too little to act upon.

import { heldBy } from './address-rules.ts';
import { type Director, type Finding, present } from './finding.ts';
import type { Places } from './places.ts';

export const checkSplitBrain = (director: Director, places: Places): Finding[] => {
  const { splitBrain } = director;
  if (splitBrain === undefined) return [];
  const { reaction, witness } = splitBrain;
  const owner = present(director.vrrp?.routers).find((router) =>
    heldBy(router).some(({ address }) => address === witness),
  );
  const needsWitness = reaction !== undefined && reaction !== 'report' && !places.isGiven(splitBrain, 'witness');
  return [
    ...(places.isGiven(director, 'peers')
      ? []
      : [
          {
            path: places.of(director, 'splitBrain'),
            message: 'split_brain needs peers: their heartbeat is its evidence',
          },
        ]),
    ...(witness === undefined || owner === undefined
      ? []
      : [
          {
            path: places.of(splitBrain, 'witness'),
            message: `${witness} is an address of router ${owner.name}: the witness is another host, which answers backups too`,
          },
        ]),
    ...(needsWitness
      ? [
          {
            path: places.of(splitBrain, 'reaction'),
            message: `reaction ${reaction} needs a witness: without one a lost network looks like a lost peer`,
          },
        ]
      : []),
  ];
};
