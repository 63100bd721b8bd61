// The drill's client on another host, or here, where only Node must be.

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ClientPlan } from '../client/batch.ts';
import { quote, type Reach } from './ssh.ts';

const clientProgram = fileURLToPath(new URL('../client/client.js', import.meta.url));

/** @param host absent for this one. */
export const startClientOn = (reach: Reach, host: string | undefined, plan: ClientPlan): ChildProcess => {
  const json = JSON.stringify(plan);
  if (host === undefined)
    return spawn(process.execPath, [clientProgram, json], { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  const code = readFileSync(clientProgram, 'utf8');
  // Where regent's package brought its own Node.
  const path = 'PATH=$PATH:/usr/local/bin:/usr/lib/regent/bin';
  return reach(host, `${path} exec node --input-type=module -e ${quote(code)} -- ${quote(json)}`);
};
