// `regent drill`: rehearses a failure in the lab of a checkout, and writes what was measured.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf } from '../base/error.ts';
import { compiledFolder } from '../base/installed-programs.ts';
import { parseRecording, type Recording, writeRecording } from '../drill/recording/recording.ts';
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
};

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

/** @returns an exit code: 1 if a run did not hold. @throws WrongUsage */
export const drill = async (nameOrFile: string, options: DrillOptions, file?: string): Promise<number> => {
  const times = Number(options.times);
  if (!/^[1-9]\d{0,3}$/.test(options.times)) throw new WrongUsage(`--times is a whole number, not ${options.times}`);
  if (nameOrFile === 'report') return await drawAgain(file, options);
  const lab = await import('../lab/drilling/run.ts').catch(() => {
    throw new WrongUsage('The lab is in a checkout of the project, not in a package');
  });
  const subjects = lab.subjectsOf(options.subject);
  let loaded: ReturnType<typeof loadDrill>;
  try {
    loaded = loadDrill(nameOrFile, lab.scenarioFolder, lab.labRefusal(subjects));
  } catch (error) {
    throw new WrongUsage(messageOf(error));
  }
  const { paintFor } = await import('../drill/run/paint.ts');
  const paint = paintFor(process.stdout.isTTY === true, process.env);
  const { signal, code } = stopBySignals();
  const command = `npm run drill -- ${[nameOrFile, '--subject', options.subject, '--times', options.times].join(' ')}`;
  const recording = await lab.drillInLab(loaded, {
    subjects,
    times,
    command,
    signal,
    narrator: narrate(print, paint, process.stdout.isTTY === true),
    onRun: (subject, number) =>
      print(`\n${paint('bold', `${loaded.drill.drill}, ${subject}, run ${number} of ${times}`)}\n`),
  });
  await writeAll(recording, options);
  if (!lab.isPrintedInside()) print(`${summarise(recording)}\n`);
  return code() ?? (isWhole(recording) ? exitCodes.done : exitCodes.failed);
};
