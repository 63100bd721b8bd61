// A value that is a secret, or may hold one: an editor takes what names it, `${file:PATH}` and the like, and no message shows it.

import type { Shape } from './kind.ts';
import type { Scalar } from './scalar.ts';

/** A value of this shape, or what names a secret. */
export const orNamed = (own: Shape): Shape => ({
  anyOf: [own, { type: 'string', pattern: '\\$\\{(file|env|credential):[^{}]+\\}' }],
  ...(own.bounds !== undefined && { bounds: own.bounds }),
});

/** Its key must be one of `secretKeys` in `config/source/secrets.ts`. */
export const secret = <T>(kind: Scalar<T>): Scalar<T> => ({
  ...kind,
  shape: orNamed(kind.shape),
  read: (input, place, reading) => {
    const found: typeof reading = { faults: [], origins: reading.origins };
    const value = kind.read(input, place, found);
    const shown = `, not ${JSON.stringify(input)}`;
    for (const fault of found.faults)
      reading.faults.push({ ...fault, message: fault.message.replace(shown, ''), suggestion: undefined });
    return value;
  },
});
