// The keys of a check, their defaults, and how they become the model.

import { z } from 'zod';
import type { CheckConfig } from './model.ts';
import { milliseconds } from './units.ts';
import { choice, duration, whole } from './values.ts';

const checkKeys = {
  type: choice(['tcp']).default('tcp'),
  interval: duration('positive').default(milliseconds(1000)),
  timeout: duration('positive').default(milliseconds(500)),
  rise: whole(1, 1000).default(2),
  fall: whole(1, 1000).default(3),
};

/** The keys by which a service names its check. */
export const checksKeys = { check: z.strictObject(checkKeys).prefault({}) };

export const checksOf = ({ check }: { readonly check: CheckConfig }) => ({ check });

/** The keys of a check by their path, below `parent`. */
export const knownCheckKeys = (parent: string) => ({ [`${parent}.check`]: checkKeys });
