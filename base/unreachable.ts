// For the default branch of a switch that handles every case.

/** Compiles only if all cases are handled; throws on an unknown value from outside. */
export const unreachable = (value: never): never => {
  throw new Error(`Unreachable: ${JSON.stringify(value)}`);
};
