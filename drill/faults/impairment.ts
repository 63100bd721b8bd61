// Shell scripts that impair an interface by traffic control, and take that back. Pure; any host with tc runs them.

/** Frames that come in at the interface, or leave it. */
export type Side = 'ingress' | 'egress';

export type Script = { readonly apply: string; readonly undo: string };

const quote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** The filters stand at a preference of their own, so that others stay. */
const preference = 49_151;

/** Undoing twice, or what is not there, is no error. */
const ignore = '2>/dev/null || true';

/** Drops frames: all, or IPv4 multicast only. */
export const dropFrames = (device: string, sides: readonly Side[], what: 'all' | 'multicast'): Script => {
  const dev = quote(device);
  const match = what === 'all' ? 'protocol all matchall' : 'protocol ip u32 match ip dst 224.0.0.0/4';
  return {
    apply: [
      `tc qdisc add dev ${dev} clsact ${ignore}`,
      ...sides.map((side) => `tc filter add dev ${dev} ${side} pref ${preference} ${match} action drop`),
    ].join('\n'),
    undo: sides.map((side) => `tc filter del dev ${dev} ${side} pref ${preference} ${ignore}`).join('\n'),
  };
};

/** Loses or delays the frames that leave an interface. */
export const emulate = (device: string, effect: { readonly loss: number } | { readonly delay: number }): Script => {
  const dev = quote(device);
  const words = 'loss' in effect ? `loss ${effect.loss}%` : `delay ${effect.delay}ms`;
  return {
    // The default queue of a thousand frames would lose more than the fault asks for.
    apply: `tc qdisc replace dev ${dev} root netem limit 100000 ${words}`,
    undo: `tc qdisc del dev ${dev} root ${ignore}`,
  };
};

/** Both scripts of several, undone in the reverse order. */
export const join = (scripts: readonly Script[]): Script => ({
  apply: scripts.map(({ apply }) => apply).join('\n'),
  undo: scripts
    .toReversed()
    .map(({ undo }) => undo)
    .join('\n'),
});
