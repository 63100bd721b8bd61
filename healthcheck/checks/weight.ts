// A weight as scripts print it and files contain it. Pure.

/** The largest IPVS weight that the configuration accepts. */
const largest = 65_535;

export const parseWeight = (text: string): number | undefined => {
  const word = text.trim();
  return /^\d{1,5}$/.test(word) && Number(word) <= largest ? Number(word) : undefined;
};
