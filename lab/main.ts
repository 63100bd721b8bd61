// The command of `npm run lab`: reads the options, runs the drill and leaves nothing behind, however it ends.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { Argument, Command, Option } from 'commander';
import { startJanitor } from './janitor.ts';
import { type LabOptions, openLab, runDrill } from './lab.ts';
import { paintFor } from './log.ts';
import { renderReport } from './report.ts';
import { findLabs, isRunning, ownerOf, prefixOf, tearDown } from './teardown.ts';
import { type HostName, hostNames, type Profile, profiles } from './topology.ts';

type Options = {
  readonly profile: Profile;
  readonly json?: string;
  readonly shell?: HostName;
  readonly keep?: boolean;
};

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

const takeDownAll = (): number => {
  const labs = findLabs();
  if (labs.length === 0) print('There is no lab to take down.');
  let code = 0;
  for (const prefix of labs) {
    if (isRunning(prefix)) {
      print(`${prefix} is still at work: end it with Ctrl-C in its terminal, or by: kill ${ownerOf(prefix)}`);
      continue;
    }
    const remains = tearDown(prefix);
    print(remains.length === 0 ? `${prefix} is down.` : `${prefix}: ${remains.join(', ')} cannot be removed.`);
    if (remains.length > 0) code = 1;
  }
  return code;
};

const openShell = async (prefix: string, host: HostName): Promise<void> => {
  const env = { ...process.env, PS1: `${host}# `, HISTFILE: '' };
  const command = ['netns', 'exec', `${prefix}-${host}`, 'bash', '--norc'];
  await once(spawn('ip', command, { env, stdio: 'inherit' }), 'exit');
};

const enterKeptLab = async (host: HostName): Promise<boolean> => {
  const kept = findLabs().find((prefix) => !isRunning(prefix));
  if (kept === undefined) return false;
  print(`A shell in ${host} of ${kept}; leave it with Ctrl-D.`);
  await openShell(kept, host);
  return true;
};

/** Runs one lab and takes it down again, unless it is to be kept. @returns the exit code. */
const runLab = async (options: Options): Promise<number> => {
  const prefix = prefixOf(process.pid);
  const janitor = startJanitor(prefix);
  const end = (code: number): never => {
    const remains = tearDown(prefix);
    if (remains.length > 0) print(`Left behind: ${remains.join(', ')}`);
    process.exit(remains.length > 0 ? 1 : code);
  };
  // All that the lab made goes in the handler itself: nothing else of this process runs in between.
  process.once('SIGINT', () => end(130));
  process.once('SIGTERM', () => end(143));
  process.once('SIGHUP', () => end(129));
  process.stdout.on('error', () => end(1));
  const paint = paintFor(process.stdout.isTTY === true, process.env);
  const labOptions: LabOptions = { prefix, profile: options.profile, print, paint };

  let code = 0;
  try {
    if (options.shell !== undefined) {
      await openLab(labOptions);
      print(`A shell in ${options.shell}; leave it with Ctrl-D.`);
      await openShell(prefix, options.shell);
    } else {
      const report = await runDrill(labOptions);
      print(renderReport(report, paint));
      if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
      code = report.held ? 0 : 1;
    }
  } catch (error) {
    print(`The lab failed: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
    code = 1;
  }
  if (options.keep !== true) return end(code);
  janitor.dismiss();
  print(`Kept: ip netns exec ${prefix}-lb0 bash enters lb0; npm run lab -- down removes all.`);
  return code;
};

const main = async (action: string | undefined, options: Options): Promise<number> => {
  if (process.getuid?.() !== 0) {
    print('The lab makes network namespaces: run it as root.');
    return 1;
  }
  if (action === 'down') return takeDownAll();
  if (options.shell !== undefined && (await enterKeptLab(options.shell))) return 0;
  return runLab(options);
};

const program = new Command('lab')
  .description(
    'Runs regent on two directors against real packets, a real IPVS table and real HTTP traffic, and reports.',
  )
  .addArgument(new Argument('[action]', '`down` removes a lab that was kept or left behind').choices(['down']))
  .addOption(new Option('--profile <name>', 'which layout').choices(profiles).default('gateway'))
  .option('--json <file>', 'write the report to a file, too')
  .addOption(new Option('--shell <host>', 'open a shell in a host instead of the drill').choices(hostNames))
  .option('--keep', 'leave the lab up at the end')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .action(async (action: string | undefined, options: Options) => {
    process.exit(await main(action, options));
  });

await program.parseAsync();
