// A check, whose type decides which keys it may have.

import { checkKinds, usualType } from './check-kinds.ts';
import { type Made, optional, readAs } from './kind.ts';
import { list, tagged } from './structure.ts';
import { choice } from './values.ts';

export type CheckType = keyof typeof checkKinds;

const types = Object.keys(checkKinds) as CheckType[];

export const check = tagged('check', choice(types), usualType, checkKinds);

/** The check of servers without a configured one. */
export const defaultCheck = readAs(check, {}).found as Made<typeof check>;

/** A single check or a list of them, on a service or on one of its servers. */
export const checksKeys = {
  check: optional(
    check,
    `How a server is probed: a service's check is for servers without one. Without any: ${usualType}.`,
    {
      example: { type: 'tcp', interval: '1s', timeout: '500ms', rise: 2, fall: 3 },
    },
  ),
  checks: optional(
    list(check),
    'Several checks, instead of check: all must pass. With an empty list a server counts as healthy.',
    { example: [{ type: 'ping' }, { type: 'http', path: '/health' }] },
  ),
};
