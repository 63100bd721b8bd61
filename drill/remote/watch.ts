// What is seen of directors on other hosts: their addresses, logs, tables, and the frames at their interfaces.

import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { parseAddressLine } from '../capture/addresses.ts';
import { captureFilter, captureOptions, parseFrame } from '../capture/frames.ts';
import { weightChanges, weightsIn } from '../capture/ipvs-table.ts';
import { sentEvent } from '../capture/sent.ts';
import type { Event } from '../recording/recording.ts';
import { quote, type Reach, runRemote } from './ssh.ts';

export type Watched = {
  readonly host: string;
  /** Of its virtual routers. */
  readonly interfaces: readonly string[];
  /** A time of its clock by ours, in milliseconds. */
  readonly ours: (theirs: number) => number;
};

/** Programs of a script, which end with the connection. */
const untilClosed = (commands: readonly string[]): string =>
  [...commands.map((command) => `${command} &\nchildren="$children $!"`), 'read -r _', 'kill $children'].join('\n');

/** The present addresses, a line `end`, and then each change. */
const addressScript = `ip -o address\necho end\n${untilClosed(['TZ=UTC ip -ts -o monitor address'])}`;

/** The log ends with its director: the script fails then, and is started again. Its past has what was logged meanwhile. */
const logScript = `regent events --follow --lines 200 --json &
child=$!
while kill -0 $child 2>/dev/null; do
  read -r -t 1 _
  [ $? -gt 128 ] || { kill $child; exit 0; }
done
exit 1`;

/** Reads addresses, also from the beginning again: those that are not listed then are no longer there. */
const addressReader = ({ host, ours }: Watched) => {
  let held: ReadonlySet<string> = new Set();
  let listed: Set<string> | undefined;
  return {
    begin: () => {
      listed = new Set();
    },
    read: (line: string): readonly Event[] => {
      const event = (address: string, isHeld: boolean): Event => ({
        type: 'address',
        time: Date.now(),
        by: host,
        address,
        held: isHeld,
      });
      if (line === 'end' && listed !== undefined) {
        const gone = [...held].filter((address) => listed?.has(address) === false);
        [held, listed] = [listed, undefined];
        return gone.map((address) => event(address, false));
      }
      const change = parseAddressLine(line);
      if (change === undefined) return [];
      listed?.add(change.address);
      if (change.time === undefined) return [event(change.address, true)];
      held = new Set([...held, change.address].filter((one) => change.held || one !== change.address));
      return [{ ...event(change.address, change.held), ...change, time: ours(change.time) }];
    },
  };
};

const logEvent = (line: string, { host, ours }: Watched): Event | undefined => {
  try {
    const { timestamp, level, message, process, subject } = JSON.parse(line) as Record<string, string>;
    if (timestamp === undefined || level === undefined || message === undefined || level === 'debug') return undefined;
    const more = { ...(process !== undefined && { process }), ...(subject !== undefined && { subject }) };
    return { type: 'log', time: ours(Date.parse(timestamp)), by: host, level, message, ...more };
  } catch {
    return undefined;
  }
};

/** Each line begins with its interface and `in` or `out`. */
const captureScript = ({ interfaces }: Watched): string => {
  const tcpdump = (device: string, side: 'in' | 'out'): string =>
    `tcpdump ${captureOptions.join(' ')} -Q ${side} -i ${quote(device)} ${quote(captureFilter)} 2>/dev/null > >(while read -r line; do printf '%s %s %s\\n' ${quote(device)} ${side} "$line"; done)`;
  const commands = interfaces.flatMap((device) => [tcpdump(device, 'in'), tcpdump(device, 'out')]);
  return `command -v tcpdump >/dev/null || exit 0\n${untilClosed(commands)}`;
};

/** What left is `sent`; what came in from another director has passed the network. */
const frameEvent = (text: string, { host, ours }: Watched, nameOf: (address: string) => string): Event | undefined => {
  const [, network = '', side, line = ''] = /^(\S+) (in|out) (.*)$/.exec(text) ?? [];
  if (side === 'out') return sentEvent(line, host, network, ours);
  const frame = parseFrame(line);
  if (frame === undefined || frame.type === 'answer') return undefined;
  const time = ours(frame.time);
  if (frame.type === 'announcement')
    return { type: 'arp', time, by: nameOf(frame.mac), network, address: frame.address };
  return {
    type: 'advertisement',
    time,
    by: nameOf(frame.source),
    network,
    router: frame.router,
    priority: frame.priority,
  };
};

/** The table five times a second, without a process for each, and a line `end` after it. */
const tableScript = `[ -e /proc/net/ip_vs ] || exit 0
while mapfile -t lines </proc/net/ip_vs; do
  if [ "\${lines[*]}" != "$last" ]; then printf '%s\\n' "\${lines[@]}" "end $EPOCHREALTIME"; last="\${lines[*]}"; fi
  read -r -t 0.2 _
  [ $? -gt 128 ] || exit 0
done`;

/** Reads tables that end with their time. */
const weightReader = ({ host, ours }: Watched, nameOf: (endpoint: string) => string) => {
  let [known, lines]: [ReadonlyMap<string, number>, readonly string[]] = [new Map(), []];
  return (line: string): readonly Event[] => {
    const stamp = /^end (\S+)$/.exec(line)?.[1];
    if (stamp === undefined) {
      lines = [...lines, line];
      return [];
    }
    const weights = weightsIn(lines.join('\n'), nameOf);
    const changes = weightChanges(known, weights);
    [known, lines] = [weights, []];
    const time = ours(Number(stamp.replace(',', '.')) * 1000);
    return changes.map((change): Event => ({ type: 'weight', time, by: host, ...change }));
  };
};

/** The addresses and MACs of hosts, by which frames tell their sender. */
const readNames = async (reach: Reach, hosts: readonly string[]): Promise<ReadonlyMap<string, string>> => {
  const found = await Promise.all(
    hosts.map(async (host) => {
      const text = await runRemote(
        reach,
        host,
        'ip -o link\nip -o address show scope global permanent\nip -o address show scope link',
      );
      const names = [...text.matchAll(/link\/ether (\S+)|inet6? ([^/\s]+)/g)];
      return names.map(([, mac, address]) => [mac ?? address ?? '', host] as const);
    }),
  );
  return new Map(found.flat());
};

/** A script whose lines are read; after the connection has ended it is started again. */
type Followed = {
  readonly host: string;
  readonly script: string;
  /** Called at each start. @returns what reads the lines. */
  readonly begin: () => (line: string) => readonly (Event | undefined)[];
};

const startAgainAfter = 1000;

/** @returns a function that ends it */
const follow = (reach: Reach, { host, script, begin }: Followed, onEvent: (event: Event) => void): (() => void) => {
  let isOver = false;
  let child: ChildProcess;
  const start = (): void => {
    if (isOver) return;
    const read = begin();
    child = reach(host, script);
    child.stderr?.resume();
    child.stdin?.on('error', () => {});
    child.on('error', () => {});
    // Without anything to show the script still succeeds.
    child.on('close', (code) => {
      if (code !== 0 && !isOver) setTimeout(start, startAgainAfter).unref();
    });
    if (child.stdout !== null)
      createInterface({ input: child.stdout }).on('line', (line) => {
        for (const event of read(line)) if (event !== undefined) onEvent(event);
      });
  };
  start();
  return () => {
    isOver = true;
    child.stdin?.end('\n');
  };
};

/** Each line once, although a restarted source repeats earlier lines. */
const each = <T>(read: (line: string) => T): ((line: string) => readonly T[]) => {
  const seen = new Set<string>();
  return (line) => {
    if (seen.has(line)) return [];
    seen.add(line);
    return [read(line)];
  };
};

/** @param endpointName a real server's name by its endpoint. @returns a function that ends the watch */
export const watchRemotes = async (
  reach: Reach,
  remotes: readonly Watched[],
  endpointName: (endpoint: string) => string,
  onEvent: (event: Event) => void,
): Promise<() => Promise<void>> => {
  const names = await readNames(
    reach,
    remotes.map(({ host }) => host),
  );
  const nameOf = (address: string): string => names.get(address) ?? address;
  const began = Date.now();
  const followed = remotes.flatMap((remote): readonly Followed[] => {
    const { host } = remote;
    const addresses = addressReader(remote);
    const log = each((line) => {
      const event = logEvent(line, remote);
      // A log is followed from its past on, which is not of this run.
      return event === undefined || event.time < began ? undefined : event;
    });
    return [
      {
        host,
        script: addressScript,
        begin: () => {
          addresses.begin();
          return addresses.read;
        },
      },
      { host, script: logScript, begin: () => log },
      { host, script: captureScript(remote), begin: () => (line) => [frameEvent(line, remote, nameOf)] },
      { host, script: tableScript, begin: () => weightReader(remote, endpointName) },
    ];
  });
  const ends = followed.map((one) => follow(reach, one, onEvent));
  return async () => {
    for (const end of ends) end();
  };
};
