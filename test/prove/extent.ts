// How long a proof lasts: `npm run prove` runs each in full, `npm test` a shortened form.

/** What the long form takes, or the short one. */
export const extent = <Value>(long: Value, short: Value): Value => (process.env.REGENT_PROVE === 'long' ? long : short);
