// The suites: what each runs and how, and which of them `npm test` and CI take.

import { hasIpvs } from '../../lab/vm/host-ipvs.ts';
import { newerKeepalivedFolder } from '../netns/vrrp/keepalived-versions.ts';
import { extent } from '../prove/extent.ts';
import type { Load } from './schedule.ts';

/** @param files the test files to run, one after the other; without any, all of the suite's, in its own manner. */
type Command = (files?: readonly string[]) => readonly string[];
export type Suite = {
  readonly name: string;
  readonly command: Command;
  readonly load: Load;
  /** Needs neither a kernel, a process nor a timer: what fails there once is a defect, and is not tried again. */
  readonly isPure?: true;
  /** No run of Mocha, but one test as a whole. */
  readonly isOneTest?: true;
};

/** @param files in `dist/test`, without their ending. @param timeout of a test, in milliseconds. */
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

const lint: Suite = {
  name: 'lint',
  command: () => ['node_modules/.bin/biome', 'check', '--error-on-warnings'],
  load: 'alone',
  isPure: true,
  isOneTest: true,
};
// What it covers is shown with it.
const covered =
  (command: Command): Command =>
  (again) => [
    'bash',
    '-c',
    'node_modules/.bin/c8 "$@"; code=$?; node dist/test/coverage.js; exit "$code"',
    'bash',
    ...command(again),
  ];
const unit: Suite = {
  name: 'unit',
  command: covered(mocha('unit/**/*', 20_000, ...severalFiles(2))),
  load: 'alone',
  isPure: true,
};
const tools: Suite = { name: 'tools', command: mocha('tools/**/*', 20_000), load: 'alone', isPure: true };
// Tests in namespaces wait for timers of the protocol and start directors in turns: with more files at once two cores are late
// for both.
const inNamespaces = (files: string): Command => mocha(files, 60_000, ...severalFiles(4));
const netns: Suite = {
  name: 'netns',
  command: inNamespaces('netns/{controller,healthcheck,kernel,lab}/**/*'),
  load: 'alone',
};
// The protocol between directors, and every row of the matrix with keepalived: where the newer one cannot be had, only its rows
// cannot run, and fail.
const vrrp: Suite = {
  name: 'vrrp',
  command: afterSetUp(
    `{ bash provision/newer-keepalived.sh '${newerKeepalivedFolder}' || echo 'no keepalived 2.3'; }`,
    inNamespaces('netns/vrrp/**/*'),
  ),
  load: 'alone',
};
// Every finding of the doctor, provoked; the documentation's first page, followed.
const doctor: Suite = { name: 'doctor', command: inNamespaces('netns/{doctor,docs}/**/*'), load: 'alone' };
const ipvs: Suite = { name: 'ipvs', command: withIpvs('ipvs/{kernel,controller}/**/*'), load: 'alone' };
// What connections go through, and what an operator types in a day: minutes each under emulation.
const traffic: Suite = { name: 'traffic', command: withIpvs('ipvs/traffic/**/*'), load: 'alone' };
const operations: Suite = { name: 'operations', command: withIpvs('ipvs/operations/**/*'), load: 'alone' };
// A client that never rests counts what is lost: one file at a time, it takes a processor by itself.
const requests: Suite = { name: 'requests', command: withIpvs('ipvs/requests/**/*', 1), load: 'alone' };
const vm: Suite = { name: 'vm', command: mocha('vm/**/*', 120_000), load: 'alone' };
// Nothing runs beside these: they occupy the processors themselves.
const prove: Suite = { name: 'prove', command: mocha('prove/**/*', 3_600_000), load: 'alone' };

// The packages are made, then installed and started on a bare Debian that boots in namespaces.
const makePackages = 'bash provision/setup.sh --for-packages && node dist/packaging/pack.js';
const packages: Suite = {
  name: 'packages',
  command: afterSetUp(makePackages, mocha('packages/**/*', 120_000)),
  load: 'alone',
};
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
  load: 'alone',
};

// Five machines take both processors for many minutes, and packages that nothing else needs.
const vagrant: Suite = {
  name: 'vagrant',
  command: afterSetUp('bash provision/setup.sh --for-vagrant', mocha('vagrant/**/*', 60_000)),
  load: 'alone',
};

/** What takes some minutes and sees every room. */
export const always: readonly Suite[] = [lint, unit, tools, netns, ipvs, prove];
/** All: long courses through the small virtual machine, the packages, and the lab on five machines of Vagrant. */
export const inCi: readonly Suite[] = [
  ...always,
  ...[vrrp, doctor, vm, traffic, operations, requests, packages, packagesIpvs, vagrant],
];
