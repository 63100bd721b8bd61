// The default branch of a switch that handles every case.

/** Compiles only where all cases are handled; throws where a value from outside is none of them. */
export const unreachable = (value: never): never => {
  throw new Error(`Unreachable: ${JSON.stringify(value)}`);
};
