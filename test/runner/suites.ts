// The suites: what each runs and how, and which of them `npm test` and CI take.

import { globSync } from 'tinyglobby';
import { hasIpvs } from '../../lab/vm/host-ipvs.ts';
import { type NodeMajor, nodeMajors } from '../../packaging/node-runtime.ts';
import { newerKeepalivedFolder } from '../netns/vrrp/keepalived-versions.ts';
import { extent } from '../prove/extent.ts';
import { fetchNode, isOwn, programOf, shared } from './on-nodes.ts';
import type { Command, Suite } from './suite.ts';

/** In this order; a file of several patterns stands where the first has it. */
const filesOf = (patterns: string): string[] => [
  ...new Set(patterns.split(' ').flatMap((pattern) => globSync(`dist/test/${pattern}.test.js`).sort())),
];

/** @param files in `dist/test`, without their ending, separated by blanks. @param timeout of a test, in milliseconds. */
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
    ...(again ?? filesOf(files)),
  ];

const severalFiles = (jobs: number): string[] => ['--parallel', '--jobs', String(jobs)];

/** The small virtual machine's kernel, built beside the suites that need none; where it cannot be, an emulated processor serves. */
const buildKernel: readonly string[] = hasIpvs()
  ? []
  : ['kernel=$(bash provision/user-mode-linux.sh) || echo "no user-mode Linux: $kernel"'];
// The kernel's IPVS where it has one, else the small virtual machine's.
const withIpvs = (files: string, jobs = 2): Command => {
  const command = mocha(files, 240_000, ...severalFiles(jobs));
  return (again) => (hasIpvs() ? command(again) : [process.execPath, 'dist/lab/vm/run.js', '--', ...command(again)]);
};

/** Milliseconds that a test may take which only computes, with what the others leave of the processors. */
const patient = 240_000;
const lint: Suite = {
  name: 'lint',
  command: () => ['npm', 'run', '--silent', 'lint'],
  load: 'rest',
  isPure: true,
  isOneTest: true,
};
// What it covers is shown with it, which takes a fifth of its time more.
const covered =
  (command: Command): Command =>
  (again) => [
    'bash',
    '-c',
    'node_modules/.bin/c8 "$@"; code=$?; node dist/test/coverage.js; exit "$code"',
    'bash',
    ...command(again),
  ];
// The longest files begin, or one of them would be left alone at the end.
const longestUnits = 'unit/drill/run unit/controller/peers/peers unit/config/source/reading unit/controller/ipvs/*';
const unit: Suite = {
  name: 'unit',
  command: mocha(`${longestUnits} unit/**/*`, patient, ...severalFiles(4)),
  load: 'rest',
  isPure: true,
};
const unitCovered: Suite = { ...unit, command: covered(unit.command) };
/** Every other Node: the unit tests, and a pair of directors that starts and hands over, as docs/start.md has it. */
const withNode = (major: NodeMajor): readonly Suite[] => {
  const on =
    (command: Command): Command =>
    (again) => [programOf(major), ...command(again).slice(1)];
  const steps = [fetchNode(major)];
  return [
    { ...unit, name: `unit-on-${major}`, steps, command: on(unit.command) },
    { name: `start-on-${major}`, steps, command: on(mocha('netns/docs/start', 60_000)), load: 0.3 },
  ];
};
const otherNodes = nodeMajors.filter((major) => !isOwn(major)).flatMap(withNode);
// Whole directors in virtual time, each world repeatable by its seed.
const simulation: Suite = {
  name: 'simulation',
  command: mocha('simulation/**/*', patient),
  load: 'rest',
  isPure: true,
};
// Every parser that hears the network, a script, a peer or a file: what was found before, and a second of new inputs each.
const fuzz: Suite = { name: 'fuzz', command: mocha('fuzz/**/*', patient), load: 'rest' };
const tools: Suite = { name: 'tools', command: mocha('tools/**/*', patient), load: 'rest', isPure: true };
// Tests in namespaces mostly wait for timers of the protocol: four files at a time keep one processor busy. The longest files
// begin, or the others would have ended long before them.
const inNamespaces = (files: string): Command => mocha(files, 60_000, ...severalFiles(4));
const longestOfController = '{plan,hostile-text,reload,runtime-directory,churn,every-signal,disk-faults,restart}';
const netns: Suite = {
  name: 'netns',
  command: inNamespaces(
    `netns/import/**/* netns/controller/${longestOfController}* netns/{controller,healthcheck,kernel,lab,routing}/**/*`,
  ),
  load: 1,
};
// Several pairs stand in one file there.
const longestOfVrrp = '{lease,told,own-address,split-brain,real-faults,directors,unicast-return}*';
// The protocol between directors, and every row of the matrix with keepalived: where the newer one cannot be had, only its rows
// cannot run, and fail.
const vrrp: Suite = {
  name: 'vrrp',
  steps: [`bash provision/newer-keepalived.sh '${newerKeepalivedFolder}' || echo 'no keepalived 2.3'`],
  command: inNamespaces(`netns/vrrp/${longestOfVrrp} netns/vrrp/**/*`),
  load: 1,
};
// Every finding of the doctor, provoked; the documentation's first page, followed.
const doctor: Suite = { name: 'doctor', command: inNamespaces('netns/{doctor,docs}/**/*'), load: 0.8 };
const ipvsWith = (rest: string): Suite => ({
  name: 'ipvs',
  steps: buildKernel,
  command: withIpvs(`${rest} ipvs/controller/{late,director,reload-}* ipvs/{controller,kernel}/**/*`, 4),
  load: 0.9,
});
const ipvs = ipvsWith('ipvs/{import,vrrp}/**/*');
// Without the two longest files.
const ipvsInShort = ipvsWith('ipvs/import/services');
/** Installs a browser, and the server of ssh that a pair is reached by. */
const seePages = 'bash provision/setup.sh --for-pages --built';
// What connections go through, and what an operator types in a day.
const traffic: Suite = { name: 'traffic', steps: buildKernel, command: withIpvs('ipvs/traffic/**/*'), load: 0.8 };
const operations: Suite = {
  name: 'operations',
  steps: [seePages, ...buildKernel],
  command: withIpvs('ipvs/operations/**/*'),
  load: 0.8,
};
// Anycast addresses: of one director and two, and of four behind a router, with both routing daemons.
const fleet: Suite = { name: 'fleet', steps: buildKernel, command: withIpvs('ipvs/fleet/**/*'), load: 1 };
// A client that never rests counts what is lost: one file at a time.
const requests: Suite = { name: 'requests', steps: buildKernel, command: withIpvs('ipvs/requests/**/*', 1), load: 1 };
const vm: Suite = { name: 'vm', steps: buildKernel, command: mocha('vm/**/*', 120_000), load: 0.1 };
// Nothing runs beside these: they occupy the processors themselves.
const prove: Suite = { name: 'prove', command: mocha('prove/**/*', 3_600_000), load: 'alone' };

// The packages are made, then installed and started on bare systems that boot in namespaces, and in a container.
const makePackages = 'bash provision/setup.sh --for-packages --built && node dist/packaging/pack.js tarball deb node';
const makeUbuntu = extent(['bash test/packages-ipvs/make-ubuntu.sh .cache/ubuntu'], []);
const packages: Suite = {
  name: 'packages',
  steps: [makePackages, 'bash test/packages/build-image.sh .cache/debian-13 .cache/containers', ...makeUbuntu],
  command: mocha('packages/**/*', 120_000),
  load: 0.3,
};
// The unit beside the kernel's IPVS, where its installation, which is slow under emulation, is done before; and plain machines that
// the scripts of provision/ give their roles, three at a time.
const packagesIpvs: Suite = {
  name: 'packages-ipvs',
  steps: [
    ...buildKernel,
    makePackages,
    'bash test/packages/install-in-tree.sh .cache/debian-13 .cache/debian-regent packages/regent_*.deb',
    'APT_CONFIG=$(bash provision/other-suite.sh .cache/apt trixie) bash provision/download-packages.sh',
    ...makeUbuntu,
  ],
  command: withIpvs('packages-ipvs/**/*', 1),
  load: 0.6,
};

// Five emulated machines take both processors while they boot, and wait for the rest of their minutes: what waits, too, runs
// beside them.
const vagrant: Suite = {
  name: 'vagrant',
  steps: ['bash provision/setup.sh --for-vagrant --built', 'bash provision/build-box.sh .cache/vagrant/regent-lab.box'],
  command: mocha('vagrant/**/*', 60_000),
  load: 1.25,
};

// The page of `regent ui` in a browser, which Debian has.
const ui: Suite = {
  name: 'ui',
  steps: [seePages],
  command: mocha('ui/**/*', 120_000, ...severalFiles(2)),
  load: 0.8,
};

// The site of the documentation, made and seen in a browser.
const site: Suite = {
  name: 'site',
  steps: [seePages, 'node dist/docs/site/build.js'],
  command: mocha('site/**/*', 120_000),
  load: 0.8,
};

/** What takes some minutes and sees every room. */
export const always: readonly Suite[] = [lint, tools, unit, simulation, fuzz, netns, ipvsInShort, prove];
/** Those of the kernel, whole on this Node; CI shares the files of each between two. */
const ofKernel = { vrrp, ipvs, netns, requests, operations, fleet, doctor, traffic, vm, simulation, fuzz, ui } as const;
const inTwo = (...names: readonly (keyof typeof ofKernel)[]): readonly Suite[] =>
  shared(names.map((name) => ofKernel[name]));

/**
 * All: long courses through the small virtual machine, the packages, and the lab on five machines of Vagrant. Of what runs side by
 * side the longest begin; beside the five machines run those that mostly wait; those that need the processors for themselves come
 * last.
 */
export const inCi: readonly Suite[] = [
  ...[lint, tools, unitCovered],
  ...inTwo('vrrp', 'ipvs', 'netns', 'requests', 'operations', 'fleet', 'doctor'),
  ...otherNodes,
  ...inTwo('traffic', 'ui'),
  site,
  ...inTwo('simulation', 'fuzz'),
  ...[vagrant, packagesIpvs],
  ...inTwo('vm'),
  ...[packages, prove],
];

/** @returns undefined where there is none of this name. */
export const suiteOf = (name: string): Suite | undefined =>
  [...inCi, ...Object.values(ofKernel)].find((suite) => suite.name === name);
