// Reads a FIFO on a host of the tests, as a program of an operator would.

import { execFileSync } from 'node:child_process';
import { constants, openSync, readFileSync, writeFileSync } from 'node:fs';
import type { Host } from '../vrrp/hosts.ts';

/** Collects what is written to a FIFO from now on. */
export const readFifo = (path: string, host: Host): (() => string[]) => {
  execFileSync('mkfifo', ['--mode=600', path]);
  // Open for writing too: it never ends, whoever else comes and goes.
  const fifo = openSync(path, constants.O_RDWR);
  const copy = `${path}.read`;
  writeFileSync(copy, '');
  host.start('sh', '-c', `exec cat /proc/${process.pid}/fd/${fifo} >>${copy}`);
  return () => readFileSync(copy, 'utf8').split('\n').filter(Boolean);
};
