// How long after the master's last advertisement a backup takes over: regent and keepalived, alternately.
// `node takeover.js [ROUNDS] [INTERVAL-MS]`

import { until } from '../test/netns/namespaces.ts';
import { renderComparison, summarize } from './figures.ts';
import { addressOf, openPair, type Program, programs } from './pair.ts';

const rounds = Number(process.argv[2] ?? 10);
const interval = Number(process.argv[3] ?? 100);
/** 3 advertisements and the skew of priority 100 (RFC 9568 6.1). */
const masterDown = 3 * interval + (156 / 256) * interval;

type Lateness = { readonly announcement: number; readonly advertisement: number };

/** One master's death. @returns how much later than computed its successor advertised, in milliseconds. */
const measure = async (program: Program): Promise<Lateness> => {
  const pair = await openPair({ program, interval, routers: 1, realTime: true });
  try {
    await pair.start();
    const [master] = pair.hosts;
    const killed = Date.now();
    pair.kill(master);
    const first = (type: 'gratuitous-arp' | 'advertisement') =>
      pair.packets.find(
        (packet) =>
          packet.at > killed &&
          packet.type === type &&
          (packet.type === 'advertisement' ? packet.source === '192.168.55.12' : packet.address === addressOf(0)),
      );
    await until(
      'the successor speaks',
      () => first('advertisement') !== undefined && first('gratuitous-arp') !== undefined,
      20_000,
    );
    const last = pair.packets.findLast(
      (packet) => packet.type === 'advertisement' && packet.source === '192.168.55.11',
    );
    const due = (last?.at ?? Number.NaN) + masterDown;
    return {
      announcement: (first('gratuitous-arp')?.at ?? Number.NaN) - due,
      advertisement: (first('advertisement')?.at ?? Number.NaN) - due,
    };
  } finally {
    await pair.close();
  }
};

const results: Record<Program, Lateness[]> = { regent: [], keepalived: [] };
for (let round = 0; round < rounds; round++)
  for (const program of programs) {
    const lateness = await measure(program);
    results[program].push(lateness);
    process.stderr.write(`${round + 1}/${rounds} ${program}: ARP ${lateness.announcement.toFixed(2)} ms late\n`);
  }

const rowsOf = (what: string, key: keyof Lateness) => {
  const [ours, theirs] = [results.regent, results.keepalived].map((list) => summarize(list.map((one) => one[key])));
  return (['median', 'worst'] as const).map((name) => ({
    name: `${what}, ${name}`,
    regent: ours?.[name] ?? Number.NaN,
    keepalived: theirs?.[name] ?? Number.NaN,
  }));
};
process.stdout.write(
  `A master of priority 150 dies, its advertisements ${interval} ms apart; a backup of priority 100 is due ${masterDown.toFixed(1)} ms after the last.\n` +
    `${renderComparison('ms later than due', [...rowsOf('gratuitous ARP', 'announcement'), ...rowsOf('advertisement', 'advertisement')])}\n`,
);
