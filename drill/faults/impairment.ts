// Shell scripts that impair an interface by traffic control, and take that back. Pure; any host with tc runs them.

/** Frames that come in at the interface, or leave it. */
export type Side = 'ingress' | 'egress';

export type Script = { readonly apply: string; readonly undo: string };

const quote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** The filters stand at preferences of their own, one for each kind, so that others stay. */
const preferences = { all: 49_151, multicast: 49_150 };

const matches = { all: 'protocol all matchall', multicast: 'protocol ip u32 match ip dst 224.0.0.0/4' };

/** Undoing twice, or what is not there, is no error. */
const ignore = '2>/dev/null || true';

/** Faults that are made at once may be at one interface, whose settings are read and then written. */
const alone = (...lines: readonly string[]): string => `( flock 9\n${lines.join('\n')}\n) 9>/run/regent-drill.lock`;

/** One process for all: on a busy host each tc takes long, and the interfaces of a cut are to be cut at one moment. */
const batch = (lines: readonly string[], options = ''): string =>
  `printf '%s\\n' ${lines.map(quote).join(' ')} | tc ${options}-batch -`;

/** Drops frames at all these interfaces and sides from one moment on: all, or IPv4 multicast only. */
export const dropFrames = (devices: readonly string[], sides: readonly Side[], what: 'all' | 'multicast'): Script => {
  const places = devices.flatMap((device) => sides.map((side) => `dev ${device} ${side} pref ${preferences[what]}`));
  const hold = (device: string): string => `tc qdisc add dev ${quote(device)} clsact ${ignore}`;
  const release = (device: string): string => {
    const dev = quote(device);
    return `[ -n "$(tc filter show dev ${dev} ingress; tc filter show dev ${dev} egress)" ] || tc qdisc del dev ${dev} clsact ${ignore}`;
  };
  return {
    apply: alone(
      ...devices.map(hold),
      batch(places.map((place) => `filter add ${place} ${matches[what]} action drop`)),
    ),
    undo: alone(
      `${batch(
        places.map((place) => `filter del ${place}`),
        '-force ',
      )} ${ignore}`,
      ...devices.map(release),
    ),
  };
};

/** The default queue of a thousand frames would lose more than the fault asks for. This length also marks the queue as ours. */
const queue = 'limit 100000';

/** A queueing discipline that the operator has set has a handle; to replace it would lose it. */
const refuseForeign = (dev: string): string =>
  `if tc qdisc show dev ${dev} root | grep -v 'netem .*${queue}' | grep -qE '^qdisc [^ ]+ [0-9a-f]*[1-9a-f][0-9a-f]*:'; then
echo ${dev} 'has a queueing discipline of its own, which would be lost' >&2
exit 1
fi`;

/** Loses or delays the frames that leave an interface; it may do both, by two faults. */
export const emulate = (device: string, effect: { readonly loss: number } | { readonly delay: number }): Script => {
  const dev = quote(device);
  const [own, other] = 'loss' in effect ? [`loss ${effect.loss}%`, 'delay'] : [`delay ${effect.delay}ms`, 'loss'];
  const read = `set_here=$(tc qdisc show dev ${dev} root | grep 'netem .*${queue}' || true)
other=$(printf '%s' "$set_here" | sed -n 's/.* \\(${other} [^ ]*\\).*/\\1/p')`;
  const replace = `tc qdisc replace dev ${dev} root netem ${queue}`;
  return {
    apply: alone(refuseForeign(dev), read, `${replace} ${own} $other`),
    undo: alone(
      read,
      `if [ -n "$other" ]; then ${replace} $other; elif [ -n "$set_here" ]; then tc qdisc del dev ${dev} root ${ignore}; fi`,
    ),
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
