// A drill in the lab: on this kernel if it has IPVS, else in the small virtual machine.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseRecording, type Recording } from '../../drill/recording/recording.ts';
import { performSeries, type SeriesOptions } from '../../drill/run/series.ts';
import type { LoadedDrill } from '../../drill/scenario/load.ts';
import type { Refusal } from '../../drill/scenario/rules.ts';
import { startJanitor } from '../janitor.ts';
import { prefixOf, tearDown } from '../teardown.ts';
import { hasIpvs } from '../vm/host-ipvs.ts';
import { projectFolder } from '../vm/project.ts';
import { runInVm } from '../vm/run-in-vm.ts';
import { loadNow } from './environment.ts';
import { fleetRefusal, openFleetTarget, planOf } from './fleet.ts';
import { documentsFor, openPair, refusalIn } from './pair.ts';
import { type SubjectName, subjectNames } from './subject.ts';

export type LabDrill = Pick<SeriesOptions, 'times' | 'command' | 'signal' | 'narrator' | 'onRun'> & {
  readonly subjects: readonly SubjectName[];
};

export const subjectsOf = (word: string): readonly SubjectName[] =>
  word === 'both' ? subjectNames : subjectNames.filter((name) => name === word);

/** Why a fault cannot be made in the lab with each of these programs. */
export const labRefusal =
  (subjects: readonly SubjectName[]): Refusal =>
  (act, drill) =>
    drill?.fleet === undefined
      ? subjects.map((subject) => refusalIn(subject)(act)).find((why) => why !== undefined)
      : fleetRefusal(planOf(drill.fleet))(act);

/** @throws with the problems of what a drill changes in the directors' configurations. */
export const proveConfigurations = async ({ drill }: LoadedDrill): Promise<void> => void (await documentsFor(drill));

/** On this kernel. The lab is taken down however this process ends. */
const drillHere = async (loaded: LoadedDrill, options: LabDrill): Promise<Recording> => {
  if (process.getuid?.() !== 0) throw new Error('The lab makes network namespaces: run it as root.');
  const prefix = prefixOf(process.pid);
  const janitor = startJanitor(prefix);
  const close = async (): Promise<void> => {
    const remains = tearDown(prefix);
    if (remains.length > 0) throw new Error(`Left behind: ${remains.join(', ')}`);
  };
  const open = async (subject: string) => {
    try {
      const { fleet } = loaded.drill;
      const { onEvent } = options.narrator;
      const opened = fleet
        ? openFleetTarget(prefix, planOf(fleet), onEvent)
        : openPair(prefix, subject as SubjectName, onEvent, loaded.drill);
      return { target: await opened, close };
    } catch (error) {
      await close();
      throw error;
    }
  };
  try {
    return await performSeries({ ...options, loaded, on: 'namespaces', open, isRenewed: true });
  } finally {
    janitor.dismiss();
  }
};

/** The only folder that the drill inside may write and the host reads. */
const exchange = join(projectFolder, '.cache', 'drill');

/** Makes the drill inside draw for this terminal. */
const terminalHere = (): Readonly<Record<string, string>> => ({
  FORCE_COLOR: process.env.FORCE_COLOR ?? '1',
  REGENT_TERMINAL: '1',
  COLUMNS: String(process.stdout.columns),
});

const drillInMachine = async (
  { file, text }: LoadedDrill,
  { subjects, times, command }: LabDrill,
): Promise<Recording> => {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  say('This kernel has no IPVS: the drill runs in a small virtual machine.');
  const folder = join(exchange, String(process.pid));
  mkdirSync(folder, { recursive: true });
  // Inside, folders such as /tmp are empty.
  const scenario = join(folder, basename(file));
  const json = join(folder, 'recording.json');
  writeFileSync(scenario, text);
  const began = loadNow();
  const program = join(projectFolder, 'dist', 'cli', 'regent.js');
  const subject = subjects.length > 1 ? 'both' : (subjects[0] ?? 'regent');
  const words = ['drill', scenario, '--subject', subject, '--times', String(times), '--json', json];
  try {
    const code = await runInVm([process.execPath, program, ...words], {
      exchange: [folder],
      say,
      // What it writes comes out here.
      environment: process.stdout.isTTY === true ? terminalHere() : {},
    });
    let recorded: string;
    try {
      recorded = readFileSync(json, 'utf8');
    } catch {
      throw new Error(`The drill ended with ${code} and left no record`);
    }
    const { environment, ...rest } = parseRecording(recorded);
    // The machine inside knows only its own load.
    return {
      ...rest,
      command,
      environment: { ...environment, 'load of its host': `${began}, at the end ${loadNow()}` },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** @throws if the lab cannot be set up; what the drill found is in the record. */
export const drillInLab = (loaded: LoadedDrill, options: LabDrill): Promise<Recording> =>
  process.env.REGENT_VM === '1' || hasIpvs() ? drillHere(loaded, options) : drillInMachine(loaded, options);
