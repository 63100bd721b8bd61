// Random numbers that a seed repeats (xorshift128 of Marsaglia, seeded by splitmix32).

export type Random = {
  /** From 0 to 1. */
  readonly next: () => number;
  readonly between: (least: number, most: number) => number;
  readonly chance: (probability: number) => boolean;
  readonly pick: <Item>(items: readonly Item[]) => Item;
};

export const createRandom = (seed: number): Random => {
  let mixed = seed | 0;
  const word = (): number => {
    mixed = (mixed + 0x9e3779b9) | 0;
    const once = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    const twice = Math.imul(once ^ (once >>> 15), 0x735a2d97);
    return twice ^ (twice >>> 15);
  };
  let [x, y, z, w] = [word(), word(), word(), word() | 1];
  const next = (): number => {
    const turned = x ^ (x << 11);
    [x, y, z] = [y, z, w];
    w = w ^ (w >>> 19) ^ turned ^ (turned >>> 8);
    return (w >>> 0) / 0x1_0000_0000;
  };
  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[Math.floor(next() * items.length)];
    if (item === undefined) throw new Error('there is nothing to pick from');
    return item;
  };
  return {
    next,
    between: (least, most) => least + next() * (most - least),
    chance: (probability) => next() < probability,
    pick,
  };
};
