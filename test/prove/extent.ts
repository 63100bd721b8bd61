// How much is tried: `npm run prove` runs each proof in full, all else a shortened form; `npm test` leaves out rows that CI runs.

/** What the long form takes, or the short one. */
export const extent = <Value>(long: Value, short: Value): Value => (process.env.REGENT_PROVE === 'long' ? long : short);

/** What CI and a suite that is named take, or `npm test`, whose runner says so. */
export const unlessShort = <Value>(all: Value, some: Value): Value =>
  process.env.REGENT_TESTS === 'short' ? some : all;
