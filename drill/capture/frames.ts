// Frames as `tcpdump -n -tt -e` prints them: advertisements, and ARP or neighbour advertisements of addresses. Pure.

/** Times are wall clock in milliseconds with microsecond fractions; `source` is the sender's address, `mac` its MAC. */
export type Frame = { readonly time: number; readonly mac: string } & (
  | { readonly type: 'advertisement'; readonly source: string; readonly router: number; readonly priority: number }
  /** A gratuitous ARP (sender and target address are equal), or an unsolicited neighbour advertisement. */
  | { readonly type: 'announcement'; readonly address: string }
  /** An answer to a request. */
  | { readonly type: 'answer'; readonly address: string }
);

/** What is captured: VRRP, ARP and neighbour advertisements, of both families. */
export const captureFilter = 'vrrp or arp or ip6 proto 112 or (icmp6 and ip6[40] = 136)';

/** Options of tcpdump for lines that {@link parseFrame} reads, each as soon as its frame is there. */
export const captureOptions: readonly string[] = ['-n', '-tt', '-e', '-l', '-s', '128', '--immediate-mode'];

const isForAll = (line: string): boolean => /^\S+ \S+ > (ff:ff:ff:ff:ff:ff|33:33:00:00:00:01)/.test(line);

const addressIn = (text: string): { readonly address: string; readonly isGratuitous: boolean } | undefined => {
  const [, asked, teller] = /^Request who-has ([\d.]+)(?: \([0-9a-f:]+\))? tell ([\d.]+)/.exec(text) ?? [];
  if (asked !== undefined) return asked === teller ? { address: asked, isGratuitous: true } : undefined;
  const answered =
    /^Reply ([\d.]+) is-at/.exec(text)?.[1] ?? /neighbor advertisement, tgt is ([\da-f:]+)/.exec(text)?.[1];
  return answered === undefined ? undefined : { address: answered, isGratuitous: false };
};

/** Parses one line. @returns undefined for any other frame. */
export const parseFrame = (line: string): Frame | undefined => {
  const frame = /^(\d+)\.(\d{6}) ([0-9a-f:]{17}) > \S+ ethertype (?:[^,]+), .*?length \d+: (.*)$/.exec(line);
  if (frame === null) return undefined;
  const [, seconds, micros, mac = '', text = ''] = frame;
  // Milliseconds before the fraction: a double holds the microseconds of today's time precisely enough.
  const time = Number(seconds) * 1000 + Number(micros) / 1000;
  const advertisement = /^(\S+) > \S+: .*Advertisement, vrid (\d+), prio (\d+)/.exec(text);
  if (advertisement !== null) {
    const [, source = '', router, priority] = advertisement;
    return { type: 'advertisement', time, mac, source, router: Number(router), priority: Number(priority) };
  }
  const found = addressIn(text);
  if (found === undefined) return undefined;
  const type = found.isGratuitous || isForAll(line) ? 'announcement' : 'answer';
  return { type, time, mac, address: found.address };
};
