// `regent drill`: rehearses a failure in the lab of a checkout or on a pair of one's own, and writes what was measured.

import { accessSync, constants, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { pathToFileURL } from 'node:url';
import { messageOf } from '../base/error.ts';
import { compiledFolder } from '../base/installed-programs.ts';
import { parseRecording, type Recording, writeRecording } from '../drill/recording/recording.ts';
import type { Narrator } from '../drill/run/narrator.ts';
import { paintFor } from '../drill/run/paint.ts';
import { performSeries } from '../drill/run/series.ts';
import { isWhole, summarise } from '../drill/run/summary.ts';
import { narrate } from '../drill/run/terminal.ts';
import { loadDrill } from '../drill/scenario/load.ts';
import type { Refusal } from '../drill/scenario/rules.ts';
import { exitCodes, WrongUsage } from './exit-codes.ts';
import { keepReport } from './kept-report.ts';

export type DrillOptions = {
  readonly on: string;
  readonly subject: string;
  readonly times: string;
  readonly report?: string;
  readonly json?: string;
  readonly picture?: string;
  /** Of an own pair: where the client runs, and no question. */
  readonly client?: string;
  readonly yes?: boolean;
};

/** The scenarios that have a name, in a checkout. */
const scenarioFolder = join(compiledFolder, '..', 'lab', 'drills');

const print = (text: string): void => void process.stdout.write(text);

const readRecordingFile = (file: string): Recording => {
  try {
    return parseRecording(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new WrongUsage(`${file} cannot be read as a drill: ${messageOf(error)}`);
  }
};

/** Ends a drill by the first signal, with all undone; the second ends the process, and the janitor takes over. */
const stopBySignals = (): { readonly signal: AbortSignal; readonly code: () => number | undefined } => {
  const controller = new AbortController();
  let code: number | undefined;
  for (const [name, number] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)
    process.on(name, () => {
      if (code !== undefined) process.exit(number);
      code = number;
      controller.abort(`ended by ${name}`);
    });
  return { signal: controller.signal, code: () => code };
};

const bundles = join(compiledFolder, 'bundle', 'drill');
const bundle = join(bundles, 'report.js');

/** What would be known only after the drill. @throws WrongUsage */
const checkFiles = ({ json, report, picture }: DrillOptions): void => {
  for (const file of [json, report, picture]) {
    if (file === undefined) continue;
    try {
      accessSync(existsSync(file) ? file : dirname(file), constants.W_OK);
    } catch (error) {
      throw new WrongUsage(`${file} cannot be written: ${messageOf(error)}`);
    }
    if (existsSync(file) && statSync(file).isDirectory()) throw new WrongUsage(`${file} is a folder`);
  }
  if ((report !== undefined || picture !== undefined) && !existsSync(bundle))
    throw new WrongUsage('The report is drawn by a bundle that is missing: npm run build');
};

const writePicture = async (recording: Recording, file: string): Promise<void> => {
  const { href } = pathToFileURL(join(bundles, 'picture.js'));
  const { drawPicture } = (await import(href)) as typeof import('../drill/report/picture.ts');
  writeFileSync(file, drawPicture(recording));
  print(`${file} is written.\n`);
};

/** Writes the files that are asked for. @param isNew whether it is the last drill */
const writeAll = async (recording: Recording, options: DrillOptions, isNew: boolean): Promise<void> => {
  const { json, report, picture } = options;
  if (json !== undefined) writeFileSync(json, writeRecording(recording));
  if (picture !== undefined && recording.runs.length > 0) await writePicture(recording, picture);
  // That of a new drill is kept in any case, for `regent ui`.
  if (report === undefined && (!isNew || !existsSync(bundle))) return;
  const { drawReport } = (await import(pathToFileURL(bundle).href)) as typeof import('../drill/report/page.ts');
  const read = (file: string): string => readFileSync(join(bundles, file), 'utf8');
  const page = drawReport(recording, { script: read('page.js'), style: read('page.css') });
  const fault = isNew ? keepReport(page) : undefined;
  if (fault !== undefined) print(`The report is not kept for regent ui: ${fault}.\n`);
  if (report === undefined) return;
  writeFileSync(report, page);
  print(`${report} is written.\n`);
};

/** Draws the report of a record again. */
const drawAgain = async (file: string | undefined, options: DrillOptions): Promise<number> => {
  if (file === undefined) throw new WrongUsage('drill report takes the JSON file of a drill');
  const { report, picture } = options;
  // A picture alone is wanted where only that is asked for.
  const again =
    report === undefined && picture === undefined
      ? { ...options, report: file.replace(/(\.json)?$/, '.html') }
      : options;
  checkFiles(again);
  await writeAll(readRecordingFile(file), again, false);
  return exitCodes.done;
};

/** Asks before the first fault. @returns whether the answer is yes. */
const isAgreed = async (question: string): Promise<boolean> => {
  if (process.stdin.isTTY !== true) throw new WrongUsage('There is no terminal to ask: give --yes');
  const asked = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await asked.question(`${question} [y/N] `)).trim());
  } finally {
    asked.close();
  }
};

/** `ssh:lb0,ssh:lb1` as hosts. @throws WrongUsage */
const hostsOf = (on: string): readonly string[] => {
  return on.split(',').map((part) => {
    const host = /^ssh:([^\s:,]+)$/.exec(part)?.[1];
    if (host === undefined || host.startsWith('-')) throw new WrongUsage(`${part} is not a host: ssh:lb0,ssh:lb1`);
    return host;
  });
};

type Session = {
  readonly signal: AbortSignal;
  readonly times: number;
  readonly command: string;
  readonly narrator: Narrator;
  readonly onRun: (subject: string, number: number) => void;
};

const load = <T>(action: () => T): T => {
  try {
    return action();
  } catch (error) {
    throw new WrongUsage(messageOf(error));
  }
};

/** On a pair of the operator's own. Undefined if the operator does not agree. */
const drillRemotely = async (
  nameOrFile: string,
  { on, client, yes, subject }: DrillOptions,
  session: Session,
): Promise<Recording | undefined> => {
  const hosts = hostsOf(on);
  if (new Set(hosts).size < 2) throw new WrongUsage('--on takes both directors: ssh:lb0,ssh:lb1');
  if (subject !== 'regent') throw new WrongUsage('Your own pair is drilled with regent only');
  const { openRemotePair } = await import('../drill/remote/pair.ts');
  const { preflight } = await import('../drill/remote/preflight.ts');
  const { notAllowed, remoteRefusal } = await import('../drill/remote/refusal.ts');
  const { bySsh } = await import('../drill/remote/ssh.ts');
  const read = (refusal?: Refusal) => load(() => loadDrill(nameOrFile, scenarioFolder, refusal));
  const { allow, fleet, configuration } = read().drill;
  if (fleet !== undefined) throw new WrongUsage('A fleet is drilled in the lab only: leave --on out');
  if (configuration !== undefined) throw new WrongUsage('"configuration" changes the lab only: your pair has its own');
  const { drill } = read(notAllowed(remoteRefusal({ directors: hosts }), allow));
  const clientHost = client === undefined ? undefined : hostsOf(client)[0];
  for (const line of await preflight(bySsh, hosts, clientHost)) print(`${line}\n`);
  const target = await openRemotePair({
    reach: bySsh,
    on,
    directors: hosts,
    client: clientHost,
    drill,
    mustAllow: true,
  });
  // Once more: interfaces, addresses and real servers are those of the configurations.
  const loaded = read(target.refusal);
  if (yes !== true && !(await isAgreed(`Make these faults on ${hosts.join(' and ')}?`))) return undefined;
  return await performSeries({
    ...session,
    loaded,
    on,
    subjects: ['regent'],
    isRenewed: false,
    open: async () => ({ target, close: async () => {} }),
  });
};

const inCheckout = async <T>(lab: Promise<T>): Promise<T> =>
  lab.catch(() => {
    throw new WrongUsage('The lab is in a checkout of the project, not in a package: --on ssh:lb0,ssh:lb1');
  });

const drillInTheLab = async (nameOrFile: string, { subject }: DrillOptions, session: Session): Promise<Recording> => {
  const lab = await inCheckout(import('../lab/drilling/run.ts'));
  const subjects = lab.subjectsOf(subject);
  const loaded = load(() => loadDrill(nameOrFile, scenarioFolder, lab.labRefusal(subjects)));
  if (loaded.drill.fleet !== undefined && subject !== 'regent')
    throw new WrongUsage('A fleet is drilled with regent only');
  await lab.proveConfigurations(loaded).catch((error: unknown) => {
    throw new WrongUsage(messageOf(error));
  });
  return await lab.drillInLab(loaded, { ...session, subjects });
};

const drillOnVagrant = async (nameOrFile: string, { subject }: DrillOptions, session: Session): Promise<Recording> => {
  const lab = await inCheckout(import('../lab/drilling/vagrant.ts'));
  if (subject !== 'regent') throw new WrongUsage('The machines of Vagrant are drilled with regent only');
  const loaded = load(() => loadDrill(nameOrFile, scenarioFolder, lab.machineRefusal));
  if (loaded.drill.fleet !== undefined) throw new WrongUsage('A fleet is drilled in the lab only: leave --on out');
  if (loaded.drill.configuration !== undefined)
    throw new WrongUsage('"configuration" changes the hosts of the lab only: leave --on out');
  return await lab.drillOnMachines(loaded, session, (line) => print(`${line}\n`));
};

/** Undefined if the operator does not agree. */
const drillOn = (nameOrFile: string, options: DrillOptions, session: Session): Promise<Recording | undefined> => {
  const { on, client } = options;
  if (client !== undefined && !on.startsWith('ssh:'))
    throw new WrongUsage('--client is for your own pair, given by --on');
  if (on === 'namespaces') return drillInTheLab(nameOrFile, options, session);
  return on === 'vagrant' ? drillOnVagrant(nameOrFile, options, session) : drillRemotely(nameOrFile, options, session);
};

/** Of the terminal; in the small machine the caller outside tells them. */
const columns = (): number => process.stdout.columns || Number(process.env.COLUMNS) || 80;

/** @returns an exit code: 1 if a run did not hold. @throws WrongUsage */
export const drill = async (nameOrFile: string, options: DrillOptions, file?: string): Promise<number> => {
  if (nameOrFile === 'report') return await drawAgain(file, options);
  if (file !== undefined) throw new WrongUsage(`drill takes one name or file; ${file} is another`);
  if (!/^[1-9]\d{0,3}$/.test(options.times)) throw new WrongUsage(`--times is a whole number, not ${options.times}`);
  checkFiles(options);
  const { on, subject, times } = options;
  const isTerminal = process.stdout.isTTY === true || process.env.REGENT_TERMINAL === '1';
  const paint = paintFor(isTerminal, process.env);
  const { signal, code } = stopBySignals();
  const words = ['--on', on, ...(options.client === undefined ? [] : ['--client', options.client])];
  const where =
    on === 'namespaces' || on === 'vagrant'
      ? ['npm run drill --', nameOrFile, ...(on === 'vagrant' ? words : [])]
      : ['regent drill', nameOrFile, ...words];
  const session: Session = {
    signal,
    times: Number(times),
    command: [...where, '--subject', subject, '--times', times].join(' '),
    narrator: narrate(print, paint, isTerminal ? columns() : undefined),
    onRun: (name, number) =>
      print(`\n${paint('bold', `${basename(nameOrFile, '.yaml')}, ${name}, run ${number} of ${times}`)}\n`),
  };
  const recording = await drillOn(nameOrFile, options, session);
  if (recording === undefined) return exitCodes.failed;
  await writeAll(recording, options, true);
  // In the small machine the caller outside prints it.
  if (process.env.REGENT_VM !== '1') print(`${summarise(recording)}\n`);
  return code() ?? (isWhole(recording) ? exitCodes.done : exitCodes.failed);
};
