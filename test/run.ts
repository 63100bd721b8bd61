// Runs the suites, or those that are named, and ends with one line of all of them together. A suite that cannot run is a failure.
// `npm test` runs what takes some minutes and sees every room; `npm test -- --ci` runs all: long courses through emulated
// kernels, the packages, and the lab on five machines of Vagrant. One that is named runs alone: `node dist/test/run.js vagrant`.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { hasIpvs } from '../lab/vm/host-ipvs.ts';
import { extent } from './prove/extent.ts';
import { failedFilesMark } from './reporter.ts';

/** @param files the test files to run, one after the other; without any, all of the suite's, in its own manner. */
type Command = (files?: readonly string[]) => readonly string[];
type Suite = { readonly name: string; readonly command: Command };
type Totals = { readonly passed: number; readonly failed: number };
/** What one suite came to; `failures` are its last words about what failed, `failedIn` the files of it. */
type Outcome = Totals & { readonly failures: readonly string[]; readonly failedIn: readonly string[] };

/** @param files in `dist/test`, without their ending. */
const mocha =
  (files: string, timeout: number, ...options: readonly string[]): Command =>
  (again) => [
    process.execPath,
    'node_modules/mocha/bin/mocha.js',
    '--no-config',
    '--exit',
    '--forbid-only',
    '--fail-zero',
    '--reporter',
    'dist/test/reporter.js',
    // Real processes and timers on a machine that others use too: what fails three times is a defect, once may be the machine.
    '--retries',
    '2',
    '--timeout',
    String(timeout),
    ...(again === undefined ? options : []),
    '--spec',
    ...(again ?? [`dist/test/${files}.test.js`]),
  ];

const severalFiles = (jobs: number): string[] => ['--parallel', '--jobs', String(jobs)];

// The kernel's IPVS where it has one, else the small virtual machine's.
const withIpvs = (files: string, jobs = 2): Command => {
  const command = mocha(files, 240_000, ...severalFiles(jobs));
  return (again) => (hasIpvs() ? command(again) : [process.execPath, 'dist/lab/vm/run.js', '--', ...command(again)]);
};

const afterSetUp =
  (setUp: string, command: Command): Command =>
  (again) => ['bash', '-c', `${setUp} && exec "$@"`, 'bash', ...command(again)];

const lint: Suite = { name: 'lint', command: () => ['node_modules/.bin/biome', 'check', '--error-on-warnings'] };
const unit: Suite = { name: 'unit', command: mocha('unit/**/*', 20_000, ...severalFiles(2)) };
const tools: Suite = { name: 'tools', command: mocha('tools/**/*', 20_000) };
// Tests in namespaces wait for timers of the protocol and start directors in turns: with more files at once two cores are late
// for both.
const inNamespaces = (files: string): Command => mocha(files, 60_000, ...severalFiles(4));
const netns: Suite = { name: 'netns', command: inNamespaces('netns/{controller,healthcheck,kernel,lab}/**/*') };
// The protocol between directors, and every row of the matrix with keepalived.
const vrrp: Suite = { name: 'vrrp', command: inNamespaces('netns/vrrp/**/*') };
// Every finding of the doctor, provoked; the documentation's first page, followed.
const doctor: Suite = { name: 'doctor', command: inNamespaces('netns/{doctor,docs}/**/*') };
const ipvs: Suite = { name: 'ipvs', command: withIpvs('ipvs/{kernel,controller}/**/*') };
// What connections go through, and what an operator types in a day: minutes each under emulation.
const traffic: Suite = { name: 'traffic', command: withIpvs('ipvs/traffic/**/*') };
const operations: Suite = { name: 'operations', command: withIpvs('ipvs/operations/**/*') };
// A client that never rests counts what is lost: one file at a time, it takes a processor by itself.
const requests: Suite = { name: 'requests', command: withIpvs('ipvs/requests/**/*', 1) };
const vm: Suite = { name: 'vm', command: mocha('vm/**/*', 120_000) };
// Nothing runs beside these: they occupy the processors themselves.
const prove: Suite = { name: 'prove', command: mocha('prove/**/*', 3_600_000) };

// The packages are made, then installed and started on a bare Debian that boots in namespaces.
const makePackages = 'bash provision/setup.sh --for-packages && node dist/packaging/pack.js';
const packages: Suite = { name: 'packages', command: afterSetUp(makePackages, mocha('packages/**/*', 120_000)) };
// The unit beside the kernel's IPVS, where its installation, which is slow under emulation, is done before; and plain machines that
// the scripts of provision/ give their roles, three at a time.
const installInTree = 'bash test/packages/install-in-tree.sh .cache/debian .cache/debian-regent packages/regent_*.deb';
const packagesIpvs: Suite = {
  name: 'packages-ipvs',
  command: afterSetUp(
    [
      `${makePackages} tarball deb node`,
      installInTree,
      'bash provision/download-packages.sh',
      ...extent(['bash test/packages-ipvs/make-ubuntu.sh .cache/ubuntu'], []),
    ].join(' && '),
    withIpvs('packages-ipvs/**/*', 1),
  ),
};

// Five machines take both processors for many minutes, and packages that nothing else needs.
const vagrant: Suite = {
  name: 'vagrant',
  command: afterSetUp('bash provision/setup.sh --for-vagrant', mocha('vagrant/**/*', 60_000)),
};

const always: readonly Suite[] = [lint, unit, tools, netns, ipvs, prove];
const inCi: readonly Suite[] = [
  ...always,
  ...[vrrp, doctor, vm, traffic, operations, requests, packages, packagesIpvs, vagrant],
];

/** Runs a suite with its output shown. Mocha's own totals count; a suite without any is one test, passed if it ended well. */
const runSuite = ({ name, command }: Suite, files?: readonly string[]): Promise<Outcome> =>
  new Promise((resolve) => {
    const started = performance.now();
    const say = (line: string): void => void process.stdout.write(`${name.padEnd(5)} ${line}\n`);
    const lines: string[] = [];
    const finish = ({ passed, failed }: Totals): void => {
      const summary = `${passed} passed, ${failed} failed in ${Math.round((performance.now() - started) / 1000)} s`;
      say(summary);
      const from = lines.findLastIndex((line) => /^\s*\d+ failing\b/.test(line));
      resolve({
        passed,
        failed,
        failures: failed === 0 ? [] : [summary, ...lines.slice(from === -1 ? -30 : from)],
        failedIn: lines.flatMap((line) =>
          line.startsWith(failedFilesMark) ? line.slice(failedFilesMark.length).trim().split(' ') : [],
        ),
      });
    };
    const [program = '', ...args] = command(files);
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      say(line);
    });
    child.on('error', (error) => {
      say(`cannot run: ${error.message}`);
      finish({ passed: 0, failed: 1 });
    });
    child.on('close', (code) => {
      const count = (word: string): number =>
        Number(new RegExp(`^\\s*(\\d+) ${word}\\b`, 'm').exec(lines.join('\n'))?.[1] ?? 0);
      const [passed, failed] = [count('passing'), count('failing')];
      if (code === 0 && passed + failed === 0)
        finish({ passed: name === 'lint' ? 1 : 0, failed: name === 'lint' ? 0 : 1 });
      else finish({ passed, failed: code === 0 ? failed : Math.max(1, failed) });
    });
  });

/** Runs a suite; files of it that failed beside others run once more alone, and what failed only beside others is still told. */
const judgeSuite = async (suite: Suite): Promise<Outcome> => {
  const first = await runSuite(suite);
  if (first.failedIn.length === 0) return first;
  const alone = await runSuite(suite, first.failedIn);
  const told = [...first.failures, `once more, alone: ${first.failedIn.join(' ')}`];
  if (alone.failed > 0) return { ...first, failures: [...told, ...alone.failures] };
  const held = `held alone: ${alone.passed} tests of ${first.failedIn.join(' ')}`;
  return { ...first, passed: first.passed + first.failed, failed: 0, failures: [...told, held] };
};

const words = process.argv.slice(2);
const named = words.filter((word) => word !== '--ci');
const unnamed = words.includes('--ci') ? inCi : always;
const wanted = named.length === 0 ? unnamed : inCi.filter(({ name }) => named.includes(name));
let [passed, failed] = [0, 0];
// Said once more at the end, where it is looked for.
const failures: string[] = [];
for (const suite of wanted) {
  const outcome = await judgeSuite(suite);
  passed += outcome.passed;
  failed += outcome.failed;
  failures.push(...outcome.failures.map((line) => `${suite.name.padEnd(5)} ${line}\n`));
}
process.stdout.write(failures.join(''));
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
