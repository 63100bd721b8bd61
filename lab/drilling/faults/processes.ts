// Faults of a director's processes: paused, ended, started again, alone or with their host.

import type { Applied } from '../../../drill/run/target.ts';
import type { Act } from '../../../drill/scenario/keys.ts';
import { until } from '../../drill.ts';
import { type DirectorName, virtualAddresses } from '../../topology.ts';
import { killLimit, untilEnded } from '../ending.ts';
import { processesOf, signalAll } from '../processes.ts';
import type { ProcessName } from '../subject.ts';
import { director, inNamespace, type LabParts, type Make } from './parts.ts';

const own = ({ hosts, subject }: LabParts, name: DirectorName) => processesOf(hosts, name, subject.isOwn);

const startIfEnded = async (parts: LabParts, name: DirectorName): Promise<void> => {
  if (own(parts, name).size === 0) await parts.subject.startAgain(name);
};

const mendAndStart = async (parts: LabParts, name: DirectorName): Promise<void> => {
  await parts.hosts.mend(name);
  await startIfEnded(parts, name);
};

const ended = (parts: LabParts, name: DirectorName): Promise<void> =>
  untilEnded(
    name,
    () => own(parts, name).size === 0,
    () => signalAll(own(parts, name).keys(), 'SIGKILL'),
  );

/** What a host has lost after a restart. */
const clearKernel = async ({ hosts }: LabParts, name: DirectorName): Promise<void> => {
  const deletions = virtualAddresses(hosts.profile).map(
    ({ interface: device, address }) => `ip address del ${address}/32 dev ${device} 2>/dev/null || true`,
  );
  await inNamespace(
    hosts,
    name,
    [
      'ipvsadm -C',
      'ipvsadm --stop-daemon master 2>/dev/null || true',
      'ipvsadm --stop-daemon backup 2>/dev/null || true',
      ...deletions,
    ].join('\n'),
  );
};

export const powerCut: Make = async (act, parts) => {
  const name = director(act);
  const pids = [...own(parts, name).keys()];
  const at = Date.now();
  // All are stopped first, so that none reacts to the end of another.
  signalAll(pids, 'SIGSTOP');
  await parts.hosts.cut(name);
  signalAll(pids, 'SIGKILL');
  await ended(parts, name);
  await clearKernel(parts, name);
  return { at, isolates: true, undo: () => mendAndStart(parts, name) };
};

export const halt: Make = async (act, parts) => {
  const name = director(act);
  const at = Date.now();
  const controller = parts.subject.pidOf(name, 'controller', own(parts, name));
  if (controller !== undefined) process.kill(controller, 'SIGTERM');
  await ended(parts, name);
  await parts.hosts.cut(name);
  return { at, isolates: true, undo: () => mendAndStart(parts, name) };
};

export const processIn = (act: Act, parts: LabParts): number => {
  const pid = parts.subject.pidOf(director(act), act.process as ProcessName, own(parts, director(act)));
  if (pid === undefined) throw new Error(`${act.director} has no process ${act.process}`);
  return pid;
};

export const kill: Make = async (act, parts) => {
  const pid = processIn(act, parts);
  const at = Date.now();
  process.kill(pid, 'SIGKILL');
  // As the unit does; the other processes are the controller's to start.
  if (act.process === 'controller') {
    await until(() => !own(parts, director(act)).has(pid), killLimit);
    await parts.subject.startAgain(director(act));
  }
  return { at, isolates: false };
};

export const pause = (pids: readonly number[]): Applied => {
  const at = Date.now();
  signalAll(pids, 'SIGSTOP');
  return { at, isolates: false, undo: async () => signalAll(pids, 'SIGCONT') };
};

export const restart: Make = async (act, parts) => {
  const at = Date.now();
  process.kill(processIn({ ...act, process: 'controller' }, parts), 'SIGTERM');
  await ended(parts, director(act));
  await parts.subject.startAgain(director(act));
  return { at, isolates: false };
};

export const killAll: Make = async (act, parts) => {
  const pids = [...own(parts, director(act)).keys()];
  const at = Date.now();
  signalAll(pids, 'SIGKILL');
  return { at, isolates: false, undo: () => startIfEnded(parts, director(act)) };
};

export const freeze: Make = async (act, parts) => pause([...own(parts, director(act)).keys()]);
export const stop: Make = async (act, parts) => pause([processIn(act, parts)]);
