// The command `npm run lab:vagrant`: packs, builds the box, starts the five machines by Vagrant, runs the drill, destroys them.

import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { Argument, Command, Option } from 'commander';
import { messageOf } from '../../base/error.ts';
import { drainSteps } from '../drain-steps.ts';
import { steady, successorServes } from '../failover-steps.ts';
import { performDrill } from '../lab.ts';
import { paintFor, renderLine } from '../log.ts';
import { openingSteps } from '../opening-steps.ts';
import { renderReport } from '../report.ts';
import { type Profile, profiles } from '../topology.ts';
import {
  endIsolation,
  endKept,
  findKept,
  type Isolation,
  isolate,
  keepIsolation,
  type Settings,
  startInside,
} from './isolation.ts';
import { reachMachines } from './machines.ts';
import { setMachineStage } from './stage.ts';
import { late, steps } from './steps.ts';
import { bringUpMachines, prepareMachines, timed } from './up.ts';
import { environmentOf } from './vagrant.ts';

type Options = {
  readonly profile: Profile;
  readonly json?: string;
  readonly keep?: boolean;
  readonly short?: boolean;
};

const failover = [steps.halt, successorServes(['lb1', 'rs0', 'rs1', 'cl0'])];
const whole = [steady, ...failover, steps.boot, steps.cutPower, steps.boot, ...drainSteps(late), steps.edit];
// With lb0 halted last, each machine boots once.
const short = [steady, ...drainSteps(late), ...failover];

const plan = (isShort: boolean) => ({
  opening: openingSteps,
  probed: isShort ? short : whole,
  closing: isShort ? [] : [steps.bootAll],
  // Five machines share the processors: a connected one may answer late, a cut-off one does not connect.
  pace: { every: 100, timeout: 1000, answerTimeout: 10_000 },
});

const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** Starts the machines, runs the drill, and destroys them unless they are kept. @returns whether every step held. */
const drill = async (
  isolation: Isolation,
  settings: Settings,
  { json, keep, short }: Options,
  began: Date,
): Promise<boolean> => {
  const { profile } = settings;
  const paint = paintFor(process.stdout.isTTY === true, process.env);
  const { vagrant, bringUp, secondTries } = await bringUpMachines(isolation, settings, print);
  const machines = await reachMachines(isolation, vagrant, bringUp, profile);
  const stage = await setMachineStage(machines, (line, name) => print(renderLine(line, name, paint)));
  const drilled = await performDrill(stage, plan(short === true), { profile, print, paint }, began);
  const report = { ...drilled, secondTries };
  machines.release();
  if (keep !== true) await timed('vagrant destroy', () => vagrant('destroy', '--force'), print);
  print(renderReport(report, paint));
  if (json !== undefined) await writeFile(json, `${JSON.stringify(report, undefined, 2)}\n`);
  return report.held;
};

const run = async (options: Options): Promise<number> => {
  if (process.getuid?.() !== 0) throw new Error('The lab needs namespaces of its own: run it as root.');
  if (findKept() !== undefined) throw new Error('Machines were kept: npm run lab:vagrant -- down');
  const began = new Date();
  const settings = await prepareMachines(options.profile, print);
  const isolation = await isolate(options.keep === true);
  // The handler itself removes everything: nothing else of this process runs in between.
  const end = (code: number): never => {
    endIsolation(isolation);
    process.exit(code);
  };
  process.on('SIGINT', () => end(130));
  process.on('SIGTERM', () => end(143));
  process.on('SIGHUP', () => end(129));
  process.stdout.on('error', () => end(1));
  let code = 1;
  try {
    code = (await drill(isolation, settings, options, began)) ? 0 : 1;
  } catch (error) {
    print(`The lab failed: ${messageOf(error)}`);
  }
  if (options.keep !== true) return end(code);
  keepIsolation({ ...isolation, settings });
  print(
    'Kept: `npm run lab:vagrant -- vagrant ssh lb0` and the like reach it, `npm run lab:vagrant -- down` removes it.',
  );
  return code;
};

/** Takes down kept machines. */
const takeDown = (): number => {
  const kept = findKept();
  if (kept !== undefined) endKept(kept);
  print(kept === undefined ? 'Nothing is up.' : 'The machines are down.');
  return 0;
};

/** Runs Vagrant on the kept machines. @returns its exit code. */
const command = async (args: readonly string[]): Promise<number> => {
  const kept = findKept();
  if (kept === undefined) throw new Error('Nothing is up: npm run lab:vagrant -- --keep');
  const env = environmentOf(kept, kept.settings);
  const child = startInside(kept, ['vagrant', ...args], { stdio: ['inherit', 'inherit', 'inherit'], env });
  const [code] = await once(child, 'exit');
  return code ?? 1;
};

const program = new Command('lab:vagrant')
  .description('Runs the lab on five virtual machines that Vagrant brings up, on an isolated libvirt, and reports.')
  .addArgument(
    new Argument('[action]', '`down` removes machines that were kept, `vagrant` runs Vagrant with them').choices([
      'down',
      'vagrant',
    ]),
  )
  .argument('[args...]', 'of vagrant')
  .addOption(new Option('--profile <name>', 'which layout').choices(profiles).default('gateway'))
  .option('--json <file>', 'write the report to a file, too')
  .option('--keep', 'leave the machines up at the end')
  .option('--short', 'leave out every boot after the first one, the power cut and the edited configuration')
  .passThroughOptions()
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .action(async (action: string | undefined, args: string[], options: Options) => {
    try {
      const code = action === 'down' ? takeDown() : action === 'vagrant' ? await command(args) : await run(options);
      process.exit(code);
    } catch (error) {
      print(messageOf(error));
      process.exit(1);
    }
  });

await program.parseAsync();
