// `regent drill`: rehearses a failure in the lab of a checkout or on a pair of one's own, and writes what was measured.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { pathToFileURL } from 'node:url';
import { messageOf } from '../base/error.ts';
import { compiledFolder } from '../base/installed-programs.ts';
import { parseRecording, type Recording, writeRecording } from '../drill/recording/recording.ts';
import { paintFor } from '../drill/run/paint.ts';
import type { Narrator } from '../drill/run/run.ts';
import { performSeries } from '../drill/run/series.ts';
import { isWhole, summarise } from '../drill/run/summary.ts';
import { narrate } from '../drill/run/terminal.ts';
import { loadDrill } from '../drill/scenario/load.ts';
import { exitCodes, WrongUsage } from './exit-codes.ts';

export type DrillOptions = {
  readonly on: string;
  readonly subject: string;
  readonly times: string;
  readonly report?: string;
  readonly json?: string;
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

/** Writes the files that are asked for. */
const writeAll = async (recording: Recording, { json, report }: DrillOptions): Promise<void> => {
  if (json !== undefined) writeFileSync(json, writeRecording(recording));
  if (report === undefined) return;
  const folder = join(compiledFolder, 'bundle', 'drill');
  const bundle = join(folder, 'report.js');
  if (!existsSync(bundle)) throw new WrongUsage('The report is drawn by a bundle that is missing: npm run build');
  const { drawReport } = (await import(pathToFileURL(bundle).href)) as typeof import('../drill/report/page.ts');
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
  writeFileSync(report, drawReport(recording, { script: read('page.js'), style: read('page.css') }));
  print(`${report} is written.\n`);
};

/** Draws the report of a record again. */
const drawAgain = async (file: string | undefined, options: DrillOptions): Promise<number> => {
  if (file === undefined) throw new WrongUsage('drill report takes the JSON file of a drill');
  const report = options.report ?? file.replace(/(\.json)?$/, '.html');
  await writeAll(readRecordingFile(file), { ...options, report });
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
  if (on === 'vagrant')
    throw new WrongUsage(
      'The machines of Vagrant are drilled by ssh: vagrant ssh-config >> ~/.ssh/config, then --on ssh:lb0,ssh:lb1 --client ssh:cl0',
    );
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
  if (hosts.length < 2) throw new WrongUsage('--on takes both directors: ssh:lb0,ssh:lb1');
  if (subject !== 'regent') throw new WrongUsage('An own pair is drilled with regent only');
  const { openRemotePair, preflight, notAllowed, remoteRefusal } = await import('../drill/remote/pair.ts');
  const refusal = remoteRefusal(hosts);
  const { allow } = load(() => loadDrill(nameOrFile, scenarioFolder, refusal)).drill;
  const loaded = load(() => loadDrill(nameOrFile, scenarioFolder, notAllowed(refusal, allow)));
  const clientHost = client === undefined ? undefined : hostsOf(client)[0];
  for (const line of await preflight(hosts, clientHost)) print(`${line}\n`);
  const target = await openRemotePair({ directors: hosts, client: clientHost, drill: loaded.drill });
  if (yes !== true && !(await isAgreed(`Make these faults on ${hosts.join(' and ')}?`))) return undefined;
  return await performSeries({
    ...session,
    loaded,
    on,
    subjects: ['regent'],
    open: async () => ({ target, close: async () => {} }),
  });
};

const drillInTheLab = async (nameOrFile: string, { subject }: DrillOptions, session: Session): Promise<Recording> => {
  const lab = await import('../lab/drilling/run.ts').catch(() => {
    throw new WrongUsage('The lab is in a checkout of the project, not in a package: --on ssh:lb0,ssh:lb1');
  });
  const subjects = lab.subjectsOf(subject);
  const loaded = load(() => loadDrill(nameOrFile, scenarioFolder, lab.labRefusal(subjects)));
  return await lab.drillInLab(loaded, { ...session, subjects });
};

/** @returns an exit code: 1 if a run did not hold. @throws WrongUsage */
export const drill = async (nameOrFile: string, options: DrillOptions, file?: string): Promise<number> => {
  if (nameOrFile === 'report') return await drawAgain(file, options);
  if (!/^[1-9]\d{0,3}$/.test(options.times)) throw new WrongUsage(`--times is a whole number, not ${options.times}`);
  const { on, subject, times } = options;
  const isTerminal = process.stdout.isTTY === true;
  const paint = paintFor(isTerminal, process.env);
  const { signal, code } = stopBySignals();
  const words = ['--on', on, ...(options.client === undefined ? [] : ['--client', options.client])];
  const where = on === 'namespaces' ? ['npm run drill --', nameOrFile] : ['regent drill', nameOrFile, ...words];
  const session: Session = {
    signal,
    times: Number(times),
    command: [...where, '--subject', subject, '--times', times].join(' '),
    narrator: narrate(print, paint, isTerminal),
    onRun: (name, number) => print(`\n${paint('bold', `${nameOrFile}, ${name}, run ${number} of ${times}`)}\n`),
  };
  const recording =
    on === 'namespaces'
      ? await drillInTheLab(nameOrFile, options, session)
      : await drillRemotely(nameOrFile, options, session);
  if (recording === undefined) return exitCodes.failed;
  await writeAll(recording, options);
  // In the small machine the caller outside prints it.
  if (process.env.REGENT_VM !== '1') print(`${summarise(recording)}\n`);
  return code() ?? (isWhole(recording) ? exitCodes.done : exitCodes.failed);
};
