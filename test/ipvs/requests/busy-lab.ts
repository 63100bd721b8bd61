// The lab with servers that take their time and a client that keeps asking, and a hand on the processes of its master.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { askDirector, type Method } from '../../../controller/control/client.ts';
import type { Status } from '../../../controller/control/status.ts';
import { launchDirector } from '../../../lab/directors.ts';
import { until } from '../../../lab/drill.ts';
import type { Namespaces } from '../../../lab/hosts.ts';
import { checkAddresses, checkTable } from '../../../lab/inspection.ts';
import { type Pace, type Prober, startProber } from '../../../lab/prober.ts';
import { type Stage, setStage } from '../../../lab/stage.ts';
import { folderOf, prefixOf, tearDown } from '../../../lab/teardown.ts';
import type { DirectorName } from '../../../lab/topology.ts';

export type Part = 'controller' | 'vrrp' | 'healthcheck';

export type BusyLab = {
  readonly prober: Prober;
  /** lb0's configuration. */
  readonly file: string;
  readonly ask: (name: DirectorName, method: Method, path: string, body?: unknown) => Promise<unknown>;
  /** Undefined while the director does not answer. */
  readonly statusOf: (name: DirectorName) => Promise<Status | undefined>;
  /** Since when a director has been master of all its routers without a break, in words; undefined when it is not. */
  readonly masterSince: (name: DirectorName) => Promise<string | undefined>;
  /** Whether lb0 holds all addresses, lb1 none, and both tables have every server in rotation. */
  readonly isWhole: () => Promise<boolean>;
  /** The pid of one of lb0's processes; undefined while there is none. */
  readonly pidOf: (part: Part) => number | undefined;
  /** Starts a controller on lb0, as the unit does after the last one has ended. */
  readonly startController: () => Promise<void>;
  /** What the directors have said. */
  readonly lines: readonly string[];
  readonly close: () => Promise<void>;
};

/** The longest that an emulated machine takes for anything, in milliseconds. */
export const patience = 120_000;

/** Nothing where there is no such file, or no longer: what it is about has ended. */
const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};
const commandLine = (pid: number | string): string => read(`/proc/${pid}/cmdline`);

const isRunning = (pid: number): boolean => commandLine(pid) !== '';

/** @param answerDelay of the servers, in milliseconds. */
export const openBusyLab = async (answerDelay: number, pace: Pace): Promise<BusyLab> => {
  const prefix = prefixOf(process.pid);
  const folder = join(folderOf(prefix), 'lb0');
  const file = join(folder, 'regent.yaml');
  const lines: string[] = [];
  const ask: BusyLab['ask'] = (name, method, path, body) =>
    askDirector(join(folderOf(prefix), name, 'run', 'control.sock'), method, path, body);
  const close = async (stage?: Stage<Namespaces>, prober?: Prober): Promise<void> => {
    await prober?.stop();
    await stage?.capture.stop();
    tearDown(prefix);
  };

  let stage: Stage<Namespaces> | undefined;
  try {
    stage = await setStage(prefix, 'gateway', (line, name) => lines.push(`${name} ${line}`), {
      answerDelay,
      // On an emulated processor the next controller may take its time.
      adapt: (document) => ({ ...document, vrrp: { ...document.vrrp, hold: '60s' } }),
    });
    // Nobody looks at it here, and it costs as much as the traffic.
    await stage.capture.stop();
    const { hosts } = stage;
    const isWhole = async (): Promise<boolean> => {
      const checks = await Promise.all([
        checkAddresses(hosts, 'lb0', true),
        checkAddresses(hosts, 'lb1', false),
        checkTable(hosts, 'lb0', true),
        checkTable(hosts, 'lb1', true),
      ]);
      return checks.every(({ held }) => held);
    };
    assert.ok(await until(isWhole, 3 * patience, 200), 'the lab does not come up');
    const prober = await startProber(hosts, pace);
    const statusOf: BusyLab['statusOf'] = async (name) =>
      (await ask(name, 'GET', '/v1/status').catch(() => undefined)) as Status | undefined;
    return {
      prober,
      file,
      ask,
      statusOf,
      masterSince: async (name) => {
        const routers = (await statusOf(name))?.routers ?? [];
        // A controller that has just started knows of none.
        const isMaster = routers.length > 0 && routers.every(({ state }) => state === 'master');
        return isMaster ? routers.map(({ since }) => since).join() : undefined;
      },
      isWhole,
      pidOf: (part) => {
        const pid =
          part === 'controller'
            ? readdirSync('/proc').find((name) => /^\d+$/.test(name) && commandLine(name).includes(file))
            : read(join(folder, 'run', `${part}.sock.pid`));
        return pid === undefined || pid === '' || !isRunning(Number(pid)) ? undefined : Number(pid);
      },
      startController: async () => void (await launchDirector(hosts, 'lb0')),
      lines,
      close: () => close(stage, prober),
    };
  } catch (error) {
    await close(stage);
    throw new Error(lines.join('\n'), { cause: error });
  }
};
