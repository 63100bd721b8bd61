// Rules about split brain: heartbeats come from peers, and without a witness silence says too little to act upon.

import type { Director, Finding } from './finding.ts';
import type { Places } from './places.ts';

export const checkSplitBrain = (director: Director, places: Places): Finding[] => {
  const { splitBrain } = director;
  if (splitBrain === undefined) return [];
  const { reaction } = splitBrain;
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
