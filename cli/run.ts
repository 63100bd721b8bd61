// `regent run`: a director, and its response to each signal.

import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { createBus } from '../base/bus.ts';
import { messageOf } from '../base/error.ts';
import { keepHeapSmall } from '../base/small-heap.ts';
import { readerOf } from '../config/source/rereading.ts';
import { ownRuntimeDirectory } from '../controller/control/runtime-directory.ts';
import { ownStateDirectory } from '../controller/control/state-directory.ts';
import { journalPath, runDirector } from '../controller/director.ts';
import { openJournal } from '../controller/log/journal.ts';
import { openLog } from '../controller/log/log.ts';
import { outliveReader } from './closed-pipe.ts';
import { validOf } from './configuration.ts';
import { runtimeDirectory, stateDirectory } from './directories.ts';
import { dumpStatus } from './dump.ts';
import { exitCodes } from './exit-codes.ts';

/** USR1 writes the status into files, HUP reloads, USR2 makes room for the next controller; the others stop the director. */
const handled = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGHUP'] as const;

export const run = async (path: string): Promise<void> => {
  outliveReader();
  const file = resolve(path);
  const read = readerOf(file, { onThread: keepHeapSmall });
  const config = validOf(await read());
  const directories = { runtime: runtimeDirectory, state: stateDirectory };
  mkdirSync(runtimeDirectory, { recursive: true, mode: 0o750 });
  const runtime = await ownRuntimeDirectory(runtimeDirectory);
  await ownStateDirectory(stateDirectory, runtimeDirectory);
  const logs = openLog(config.director, config.log, openJournal(journalPath(stateDirectory)));
  runtime.keep(logs.log);
  // A signal that comes while the director starts is heard once it has: it must not leave its processes starting.
  const end = async (ending: Promise<void>, code: number): Promise<void> => {
    await ending;
    await logs.close();
    process.exit(code);
  };
  const signals = createBus<NodeJS.Signals>();
  for (const signal of handled) process.on(signal, signals.send);
  const director = runDirector({ config, file, read, directories, logs });
  const dump = (): void => {
    try {
      const files = dumpStatus(director.status(), runtimeDirectory);
      const text = `SIGUSR1: the status is written to ${files.join(' and ')}`;
      logs.log('info', { process: 'director', event: 'status-written' }, text);
    } catch (error) {
      const text = `SIGUSR1: the status cannot be written: ${messageOf(error)}`;
      logs.log('error', { process: 'director', event: 'status-not-written' }, text);
    }
  };
  signals.handle((signal) => {
    if (signal === 'SIGUSR1') dump();
    else if (signal === 'SIGHUP') void director.reload();
    else void end(signal === 'SIGUSR2' ? director.makeRoom() : director.stop(), exitCodes.done);
  });
  process.on('uncaughtException', (error) => {
    logs.log(
      'error',
      { process: 'director', event: 'defect' },
      `defect of regent: ${error.stack ?? error.message}; the director gives up its masterships and exits`,
    );
    void end(director.stop(), exitCodes.failed);
  });
};
