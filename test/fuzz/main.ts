// npm run fuzz -- TARGET… --seconds N: fuzzes parsers one after the other, each for that long; without names all of them. A fault
// is written to the corpus, so that it stays a test. --keep adds what found something new, the smallest inputs first.
// --minutes N [--jobs N]: all of them in turn, until each has had N minutes of the processor; runs that follow go on where the
// last one ended, with what is in --state DIR.

import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { randomBelow } from '../../base/random.ts';
import { runCampaign } from './campaign.ts';
import { keep, readCorpus } from './corpus.ts';
import { fuzz } from './fuzz.ts';
import { readFound, remember } from './state.ts';
import { targets } from './targets.ts';
import { startWatchdog } from './watchdog.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    keep: { type: 'boolean', default: false },
    minutes: { type: 'string' },
    jobs: { type: 'string', default: '1' },
    state: { type: 'string' },
  },
});
const names = positionals.length === 0 ? Object.keys(targets) : positionals;
const unknown = names.filter((name) => targets[name] === undefined);
if (unknown.length > 0) {
  console.error(`there is no ${unknown.join(', ')}; there are ${Object.keys(targets).join(', ')}`);
  process.exit(2);
}

if (values.minutes !== undefined) {
  const state = values.state ?? join(process.env.XDG_STATE_HOME ?? join(homedir(), '.local', 'state'), 'regent-fuzz');
  console.log(`what is found is kept in ${state}`);
  const faulty = await runCampaign({ names, minutes: Number(values.minutes), jobs: Number(values.jobs), state });
  if (faulty.length > 0) console.log(`at fault: ${faulty.join(', ')}`);
  process.exit(faulty.length > 0 ? 1 : 0);
}

/** The corpus is small: what is longer than this, or one too many, is found again soon. */
const mostKept = { files: 40, bytes: 400 };

const watchdog = startWatchdog();
console.log(`seed ${values.seed}`);
for (const name of names) {
  const target = targets[name];
  if (target === undefined) continue;
  const before = readCorpus(name);
  const found = values.state === undefined ? [] : readFound(values.state, name);
  const from = performance.now();
  const busy = process.cpuUsage();
  const { executions, size, corpus, faults } = await fuzz({
    target,
    corpus: [...before, ...found],
    span: Number(values.seconds) * 1000,
    below: randomBelow(Number(values.seed)),
    onInput: watchdog.note,
  });
  const seconds = (performance.now() - from) / 1000;
  console.log(
    `${name.padEnd(14)} ${executions} inputs in ${seconds.toFixed(0)} s, ${size} characters of code, by ${corpus.length} inputs`,
  );
  if (values.state !== undefined) {
    const { user, system } = process.cpuUsage(busy);
    remember(values.state, name, corpus, { inputs: executions, seconds, processorSeconds: (user + system) / 1e6 });
  }
  if (values.keep) {
    const known = new Set(before.map((input) => input.toString('latin1')));
    const news = corpus.filter((input) => input.length <= mostKept.bytes && !known.has(input.toString('latin1')));
    const smallest = news.sort((one, other) => one.length - other.length);
    for (const input of smallest.slice(0, Math.max(0, mostKept.files - before.length))) keep(name, input);
  }
  for (const { input, why } of faults) {
    console.log(`${name}: ${keep(name, input)}: ${why}`);
    process.exitCode = 1;
  }
}
watchdog.close();
