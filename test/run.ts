// Runs every suite, or those that are named, one after the other, and ends with one line of all of them together. A suite that cannot run is a failure.

import { spawn } from 'node:child_process';
import { hasIpvs } from '../lab/vm/host-ipvs.ts';

type Suite = { readonly name: string; readonly command: readonly string[] };
type Totals = { readonly passed: number; readonly failed: number };

const mocha = (folder: string, timeout: number, ...options: readonly string[]): string[] => [
  process.execPath,
  'node_modules/mocha/bin/mocha.js',
  '--no-config',
  '--exit',
  '--forbid-only',
  '--fail-zero',
  // Real processes and timers on a machine that others use too: what fails three times is a defect, once may be the machine.
  '--retries',
  '2',
  '--timeout',
  String(timeout),
  ...options,
  '--spec',
  `dist/test/${folder}/**/*.test.js`,
];

// The kernel's IPVS where it has one, else the small virtual machine's.
const inKernelWithIpvs = (command: readonly string[]): string[] =>
  hasIpvs() ? [...command] : [process.execPath, 'dist/lab/vm/run.js', '--', ...command];

const suites: readonly Suite[] = [
  { name: 'lint', command: ['node_modules/.bin/biome', 'check', '--error-on-warnings'] },
  { name: 'unit', command: mocha('unit', 20_000) },
  { name: 'tools', command: mocha('tools', 20_000) },
  // Its tests mostly wait for timers of the protocol: several files at once keep two cores free enough.
  { name: 'netns', command: mocha('netns', 60_000, '--parallel', '--jobs', '4') },
  // Nothing runs beside these: they occupy the processors themselves.
  { name: 'prove', command: mocha('prove', 3_600_000) },
  { name: 'vm', command: mocha('vm', 120_000) },
  { name: 'ipvs', command: inKernelWithIpvs(mocha('ipvs', 60_000)) },
];

/** Runs a suite with its output shown. Mocha's own totals count; a suite without any is one test, passed if it ended well. */
const runSuite = ({ name, command }: Suite): Promise<Totals> =>
  new Promise((resolve) => {
    process.stdout.write(`\n== ${name}\n`);
    const [program = '', ...args] = command;
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (chunk: string) => {
      text += chunk;
      process.stdout.write(chunk);
    });
    child.on('error', (error) => {
      process.stdout.write(`${name} cannot run: ${error.message}\n`);
      resolve({ passed: 0, failed: 1 });
    });
    child.on('close', (code) => {
      const count = (word: string): number => Number(new RegExp(`^\\s*(\\d+) ${word}\\b`, 'm').exec(text)?.[1] ?? 0);
      const [passed, failed] = [count('passing'), count('failing')];
      if (code === 0 && passed + failed === 0)
        resolve({ passed: name === 'lint' ? 1 : 0, failed: name === 'lint' ? 0 : 1 });
      else resolve({ passed, failed: code === 0 ? failed : Math.max(1, failed) });
    });
  });

const named = process.argv.slice(2);
let [passed, failed] = [0, 0];
for (const suite of suites.filter(({ name }) => named.length === 0 || named.includes(name))) {
  const totals = await runSuite(suite);
  passed += totals.passed;
  failed += totals.failed;
}
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
