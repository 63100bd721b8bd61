#!/usr/bin/env node
// The command line: every command is one function of the controller or one request to its control socket.

import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { formatProblems, loadConfig } from '../config/load.ts';
import { askDirector } from '../controller/control.ts';
import { runDirector } from '../controller/director.ts';
import { openLog } from '../controller/log.ts';
import { renderStatus } from './status.ts';

const failed = 1;
const wrongUsage = 2;

const runtimeDirectory = process.env.RUNTIME_DIRECTORY ?? '/run/regent';
const stateDirectory = process.env.STATE_DIRECTORY ?? '/var/lib/regent';

const load = (file: string) => {
  const loaded = loadConfig(file);
  if (loaded.ok) return loaded.config;
  process.stderr.write(`${formatProblems(loaded.problems)}\n`);
  return process.exit(wrongUsage);
};

const run = ({ config: file }: { config: string }): void => {
  const config = load(file);
  const { log, logger } = openLog(config.director, config.log);
  const director = runDirector(config, { runtime: runtimeDirectory, state: stateDirectory }, log);
  const end = async (code: number): Promise<void> => {
    await director.stop();
    logger.on('finish', () => process.exit(code));
    logger.end();
  };
  process.on('SIGTERM', () => void end(0));
  process.on('SIGINT', () => void end(0));
  process.on('uncaughtException', (error) => {
    log(
      'error',
      { process: 'director' },
      `a defect of regent: ${error.stack ?? error.message}; it gives up mastership and ends`,
    );
    void end(failed);
  });
};

const program = new Command('regent')
  .description('keeps services reachable: VRRP, health checks and IPVS')
  .option('--socket <path>', 'control socket of the director', join(runtimeDirectory, 'control.sock'))
  .exitOverride();

const ask = (method: 'GET' | 'POST', path: string): Promise<unknown> =>
  askDirector(program.opts<{ socket: string }>().socket, method, path);

program
  .command('run')
  .description('run the director')
  .requiredOption('-c, --config <file>', 'configuration')
  .action(run);
program
  .command('check')
  .description('check a configuration')
  .argument('<file>')
  .action((file: string) => {
    const { director } = load(file);
    process.stdout.write(`${file}: a valid configuration of ${director}\n`);
  });
program
  .command('status')
  .description('show routers, services and real servers')
  .option('--json', 'as JSON')
  .action(async ({ json }: { json?: boolean }) => {
    const status = await ask('GET', '/v1/status');
    process.stdout.write(json ? `${JSON.stringify(status, null, 2)}\n` : renderStatus(status));
  });
for (const name of ['drain', 'undrain']) {
  program
    .command(name)
    .description(name === 'drain' ? 'send no new connections to a real server' : 'end a drain')
    .argument('<server>')
    .action(async (server: string) => {
      await ask('POST', `/v1/${name}/${encodeURIComponent(server)}`);
      process.stdout.write(`${server}: ${name === 'drain' ? 'drained' : 'drained no longer'}\n`);
    });
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : wrongUsage;
  else {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = failed;
  }
}
