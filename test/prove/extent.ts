// How long a proof lasts: `npm run prove` runs each in full, `npm test` a shortened form.

/** The number for the long form or the short one. */
export const extent = (long: number, short: number): number => (process.env.REGENT_PROVE === 'long' ? long : short);
