// Thousands of probes, `node probes.js [TARGETS] [SECONDS] [tcp|http] [COMPARED]`: the work and cost of one healthcheck process,
// and whether it delays advertisements of the same host; then a comparison with keepalived's checker.

import { type Checked, compareCheckers } from './compared-checkers.ts';
import { renderComparison, type Summary } from './figures.ts';
import { measureProbesBesideVrrp } from './probes-beside-vrrp.ts';

const [count = 10_000, seconds = 20] = process.argv.slice(2, 4).map(Number);
const kind = process.argv[4] === 'http' ? 'http' : 'tcp';
/** As many as keepalived's checker can handle. */
const comparedCount = Number(process.argv[5] ?? 1000);

const spans = ({ median, p99, worst }: Summary): string =>
  `${median.toFixed(1)} ms median, ${p99.toFixed(1)} ms 99th percentile, ${worst.toFixed(1)} ms worst`;

const found = await measureProbesBesideVrrp(count, seconds, kind);
const { seen, allUpAfter, faults, silences } = found;
process.stdout.write(
  [
    `${count} ${kind} targets at 1 s, ${found.descriptors} descriptors, ${seconds} s, beside twelve routers that advertise every 100 ms`,
    `  probes          ${(seen.probes / seconds).toFixed(0)} a second as the servers saw them, ${found.failed} failed`,
    `  all up          ${allUpAfter === undefined ? 'never' : `${allUpAfter.toFixed(0)} ms after the start of the process`}`,
    `  of one target   ${spans(seen.gaps)} from probe to probe`,
    `  lateness        ${spans(found.lateness)}, of each second's latest probe`,
    `  CPU             ${found.processor.toFixed(0)} % of one processor`,
    `  memory          ${found.memory.toFixed(0)} MiB`,
    `  heartbeats      ${silences === 0 ? 'never missing for 3 s' : `missing for 3 s, ${silences} times`}`,
    `  own faults      ${faults.length === 0 ? 'none' : faults.join(', ')}`,
    `  advertisements  ${spans(found.gapsWithout)}, without probes`,
    `                  ${spans(found.gapsWith)}, with them`,
    '',
    '',
  ].join('\n'),
);

const { regent, 'half-open': halfOpen, keepalived } = await compareCheckers(comparedCount, seconds);
const row = (name: string, read: (one: Checked) => number) => ({
  name,
  regent: read(regent),
  keepalived: read(keepalived),
});
process.stdout.write(
  `${comparedCount} real servers, each checked by TCP every second, ${seconds} s\n${renderComparison(
    'as the servers saw it',
    [
      row('probes a second', ({ probes }) => probes / seconds),
      row('servers asked', ({ addresses }) => addresses),
      row('ms between probes, median', ({ gaps }) => gaps.median),
      row('ms between probes, 99th percentile', ({ gaps }) => gaps.p99),
      row('ms between probes, worst', ({ gaps }) => gaps.worst),
      row('% of one processor', ({ processor }) => processor),
      row('MiB', (one) => one.memory),
    ],
  )}\n`,
);
// Servers see nothing of half-open probes.
process.stdout.write(
  `half-open, the same servers\n${renderComparison('', [
    { name: '% of one processor', regent: halfOpen.processor, keepalived: keepalived.processor },
    { name: 'MiB', regent: halfOpen.memory, keepalived: keepalived.memory },
  ])}\n`,
);
process.exit();
