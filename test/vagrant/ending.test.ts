// The end of the Vagrant lab, however it comes while machines are being made: no process is left, and no folder but a killed one's.

import { deepEqual, equal } from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../lab/drill.ts';
import { cacheFolder } from '../../lab/vagrant/places.ts';

/** A process may end while it is looked at. */
const read = <Value>(look: () => Value): Value | undefined => {
  try {
    return look();
  } catch {
    return undefined;
  }
};

/** The processes in the network namespace of the lab's libvirt, while it is there. */
const insideOf = (lab: ChildProcess): number[] => {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  const isFirst = (pid: string) =>
    read(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))?.startsWith('bash\0') === true &&
    read(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))?.includes(`run-${lab.pid}\0`) === true;
  const first = pids.find(isFirst);
  const namespace = first === undefined ? undefined : read(() => readlinkSync(`/proc/${first}/ns/net`));
  if (namespace === undefined) return [];
  return pids.filter((pid) => read(() => readlinkSync(`/proc/${pid}/ns/net`)) === namespace).map(Number);
};

const isAlive = (pid: number): boolean => /\) [^ZX] /.test(read(() => readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? '');

describe('the end of the lab on five machines', () => {
  for (const { signal, code } of [
    { signal: 'SIGINT', code: 130 },
    { signal: 'SIGTERM', code: 143 },
    { signal: 'SIGKILL', code: null },
  ] as const) {
    it(`by ${signal} leaves nothing`, async function () {
      // The first one builds the box.
      this.timeout(300_000);
      const lab = spawn(process.execPath, ['dist/lab/vagrant/main.js'], { stdio: ['ignore', 'pipe', 'inherit'] });
      let said = '';
      lab.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        said += chunk;
      });
      // libvirt, a holder, and Vagrant with what it started.
      const isAtWork = () => said.includes('vagrant box add') && insideOf(lab).length >= 5;
      equal(await until(isAtWork, 240_000, 200), true, said);
      const inside = insideOf(lab);
      const ended = once(lab, 'exit');
      lab.kill(signal);
      deepEqual((await ended)[0], code);
      equal(await until(() => !inside.some(isAlive), 10_000), true, `left: ${inside.filter(isAlive).join(', ')}`);
      // The next run removes what a killed one could not.
      equal(existsSync(join(cacheFolder, `run-${lab.pid}`)), signal === 'SIGKILL');
    });
  }
});
