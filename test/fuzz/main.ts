// npm run fuzz -- TARGET… --seconds N: fuzzes parsers one after the other, each for that long; without names all of them. A fault
// is written to the corpus, so that it stays a test. --keep adds what found something new, the smallest inputs first.

import { parseArgs } from 'node:util';
import { keep, readCorpus } from './corpus.ts';
import { fuzz } from './fuzz.ts';
import { below } from './random.ts';
import { targets } from './targets.ts';
import { startWatchdog } from './watchdog.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    keep: { type: 'boolean', default: false },
  },
});
const names = positionals.length === 0 ? Object.keys(targets) : positionals;
const unknown = names.filter((name) => targets[name] === undefined);
if (unknown.length > 0) {
  console.error(`there is no ${unknown.join(', ')}; there are ${Object.keys(targets).join(', ')}`);
  process.exit(2);
}

/** The corpus is small: what is longer than this, or one too many, is found again soon. */
const mostKept = { files: 40, bytes: 400 };

const watchdog = startWatchdog();
console.log(`seed ${values.seed}`);
for (const name of names) {
  const target = targets[name];
  if (target === undefined) continue;
  const before = readCorpus(name);
  const from = performance.now();
  const { executions, size, corpus, faults } = await fuzz({
    target,
    corpus: before,
    span: Number(values.seconds) * 1000,
    below: below(Number(values.seed)),
    onInput: watchdog.note,
  });
  const seconds = (performance.now() - from) / 1000;
  console.log(
    `${name.padEnd(14)} ${executions} inputs in ${seconds.toFixed(0)} s, ${size} characters of code, by ${corpus.length} inputs`,
  );
  if (values.keep) {
    const known = new Set(before.map((input) => input.toString('latin1')));
    const found = corpus.filter((input) => input.length <= mostKept.bytes && !known.has(input.toString('latin1')));
    const smallest = found.sort((one, other) => one.length - other.length);
    for (const input of smallest.slice(0, Math.max(0, mostKept.files - before.length))) keep(name, input);
  }
  for (const { input, why } of faults) {
    console.log(`${name}: ${keep(name, input)}: ${why}`);
    process.exitCode = 1;
  }
}
watchdog.close();
