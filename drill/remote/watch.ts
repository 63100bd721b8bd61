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
  /** Its clock, in milliseconds. */
  readonly ahead: () => number;
};

/** Programs of a script, which end with the connection. */
const untilClosed = (commands: readonly string[]): string =>
  [...commands.map((command) => `${command} &\nchildren="$children $!"`), 'read -r _', 'kill $children'].join('\n');

const addressScript = `ip -o address\n${untilClosed(['TZ=UTC ip -ts -o monitor address'])}`;

const addressEvent = (line: string, { host, ahead }: Watched): Event | undefined => {
  const change = parseAddressLine(line);
  if (change === undefined) return undefined;
  const time = change.time === undefined ? Date.now() : change.time - ahead();
  return { ...change, type: 'address', time, by: host };
};

const logEvent = (line: string, { host, ahead }: Watched): Event | undefined => {
  try {
    const { timestamp, level, message, process, subject } = JSON.parse(line) as Record<string, string>;
    if (timestamp === undefined || level === undefined || message === undefined || level === 'debug') return undefined;
    const more = { ...(process !== undefined && { process }), ...(subject !== undefined && { subject }) };
    return { type: 'log', time: Date.parse(timestamp) - ahead(), by: host, level, message, ...more };
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
const frameEvent = (text: string, { host, ahead }: Watched, nameOf: (address: string) => string): Event | undefined => {
  const [, network = '', side, line = ''] = /^(\S+) (in|out) (.*)$/.exec(text) ?? [];
  if (side === 'out') return sentEvent(line, host, network, ahead());
  const frame = parseFrame(line);
  if (frame === undefined || frame.type === 'answer') return undefined;
  const time = frame.time - ahead();
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
const weightReader = ({ host, ahead }: Watched, nameOf: (endpoint: string) => string) => {
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
    const time = Number(stamp.replace(',', '.')) * 1000 - ahead();
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

/** @param endpointName a real server's name by its endpoint. @returns what ends that. */
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
  const follow = (
    host: string,
    script: string,
    read: (line: string) => readonly (Event | undefined)[],
  ): ChildProcess => {
    const child = reach(host, script);
    child.stderr?.resume();
    child.stdin?.on('error', () => {});
    child.on('error', () => {});
    if (child.stdout !== null)
      createInterface({ input: child.stdout }).on('line', (line) => {
        for (const event of read(line)) if (event !== undefined) onEvent(event);
      });
    return child;
  };
  const children = remotes.flatMap((remote) => {
    const { host } = remote;
    return [
      follow(host, addressScript, (line) => [addressEvent(line, remote)]),
      follow(host, untilClosed(['regent events --follow --json']), (line) => [logEvent(line, remote)]),
      follow(host, captureScript(remote), (line) => [frameEvent(line, remote, nameOf)]),
      follow(host, tableScript, weightReader(remote, endpointName)),
    ];
  });
  return async () => {
    for (const child of children) child.stdin?.end('\n');
  };
};
