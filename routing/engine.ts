// Reads the state of the routing daemon beside regent, which may answer late, wrongly or never.

import { messageOf } from '../base/error.ts';
import { milliseconds } from '../base/units.ts';
import type { Cidr } from '../net/cidr.ts';
import { readBird } from './bird.ts';
import type { EngineAddress, EngineState } from './engine-state.ts';
import { readFrr } from './frr.ts';

/** A daemon at work answers within milliseconds. */
const usualPatience = milliseconds(2000);

const readers = { bird: readBird, frr: readFrr } as const;

/** Asks for its sessions, and which of the prefixes each announces. Never fails, and never takes longer than `patience`. */
export const readEngine = async (
  { type, socket }: EngineAddress,
  prefixes: readonly Cidr[],
  patience = usualPatience,
): Promise<EngineState> => {
  try {
    return await readers[type](socket, prefixes, patience);
  } catch (error) {
    return { silent: messageOf(error) };
  }
};
