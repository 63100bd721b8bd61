// The keys of `split_brain`: what a director does when it and a peer may both be master, and the host that it asks.

import { optional, withDefault } from './kind.ts';
import { mapping } from './structure.ts';
import { choice, reachableAddress } from './values.ts';

export const splitBrainReactions = ['report', 'yield', 'hold'] as const;

const splitBrainKeys = {
  witness: optional(
    reachableAddress(),
    "A host on the clients' side that answers pings, such as their gateway; the same on all directors. A director that it does not answer, while it answers a peer, gives way.",
    { example: '192.168.55.1' },
  ),
  reaction: withDefault(
    choice(splitBrainReactions),
    'report',
    'What follows a verdict. report: it is only reported. yield and hold: a router does not take over from a living master that it does not hear, and of two masters the lesser gives way. Where neither peers nor witness answer, yield gives the addresses up, and hold keeps what there is.',
  ),
};

export const splitBrain = mapping(splitBrainKeys);
