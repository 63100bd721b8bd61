// The faults on a fleet of the lab, each with its way back.

import { emulate, type Script } from '../../drill/faults/impairment.ts';
import type { Applied } from '../../drill/run/target.ts';
import type { FaultName } from '../../drill/scenario/faults.ts';
import type { Act } from '../../drill/scenario/keys.ts';
import type { Fleet, FleetDirector } from '../anycast/fleet.ts';
import { anycastInterface, virtualAddresses } from '../anycast/plan.ts';
import { until } from '../drill.ts';
import { killLimit, untilEnded } from './ending.ts';
import { processesOf, signalAll } from './processes.ts';

/** Makes a fault. @returns a function that undoes it, if it can be undone. */
type Make = (act: Act, fleet: Fleet) => Promise<(() => Promise<unknown>) | undefined>;

const directorOf = ({ director }: Act, { directors }: Fleet): FleetDirector => {
  const found = directors.find(({ name }) => name === director);
  if (found === undefined) throw new Error(`there is no director ${director}`);
  return found;
};

const startIfEnded = async ({ processes, start }: FleetDirector): Promise<void> => {
  if (processes().size === 0) await start();
};

const ended = ({ name, processes, signal }: FleetDirector): Promise<void> =>
  untilEnded(
    name,
    () => processes().size === 0,
    () => signal('SIGKILL'),
  );

const controllerOf = ({ name, processes }: FleetDirector): number => {
  const found = [...processes()].find(([, command]) => command.includes('\0run\0'))?.[0];
  if (found === undefined) throw new Error(`${name} has no controller`);
  return found;
};

/** Of a director: controller, vrrp or healthcheck. */
const processIn = (act: Act, director: FleetDirector): number => {
  if (act.process === 'controller') return controllerOf(director);
  const found = [...director.processes()].find(([, command]) => command.includes(`/${act.process}/`))?.[0];
  if (found === undefined) throw new Error(`${director.name} has no process ${act.process}`);
  return found;
};

const pausing = (pids: Iterable<number>): (() => Promise<void>) => {
  const known = [...pids];
  signalAll(known, 'SIGSTOP');
  return async () => signalAll(known, 'SIGCONT');
};

const inHost = (host: string, script: string, { hosts }: Fleet): Promise<string> =>
  hosts.run(host, ['sh', '-ec', script]);

const impairing = async (host: string, { apply, undo }: Script, fleet: Fleet): Promise<() => Promise<unknown>> => {
  await inHost(host, apply, fleet);
  return () => inHost(host, undo, fleet);
};

const serverPids = (act: Act, { hosts }: Fleet): readonly number[] => [
  ...processesOf(hosts, act.server ?? '', (command) => command.includes('web-server')).keys(),
];

/** A server has a name for each family. */
const onServer = async (verb: 'drain' | 'undrain', { server = '' }: Act, { directors }: Fleet): Promise<void> => {
  // The peers hear of it. Both are tried, so that an undo leaves nothing.
  const results = await Promise.allSettled([server, `${server}v6`].map((name) => directors[0]?.command(verb, name)));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
};

const makes: Readonly<Partial<Record<FaultName, Make>>> = {
  halt: async (act, fleet) => {
    const director = directorOf(act, fleet);
    process.kill(controllerOf(director), 'SIGTERM');
    await ended(director);
    return () => startIfEnded(director);
  },
  restart: async (act, fleet) => {
    const director = directorOf(act, fleet);
    process.kill(controllerOf(director), 'SIGTERM');
    await ended(director);
    await director.start();
    return undefined;
  },
  reload: async (act, fleet) => {
    await directorOf(act, fleet).command('reload');
    return undefined;
  },
  handover: async (act, fleet) => {
    const { command } = directorOf(act, fleet);
    await command('handover');
    return () => command('resume');
  },
  kill_all: async (act, fleet) => {
    const director = directorOf(act, fleet);
    director.signal('SIGKILL');
    return () => startIfEnded(director);
  },
  kill: async (act, fleet) => {
    const director = directorOf(act, fleet);
    const pid = processIn(act, director);
    process.kill(pid, 'SIGKILL');
    // As the unit does; the other processes are the controller's to start.
    if (act.process === 'controller') {
      await until(() => !director.processes().has(pid), killLimit);
      await director.start();
    }
    return undefined;
  },
  freeze: async (act, fleet) => pausing(directorOf(act, fleet).processes().keys()),
  stop: async (act, fleet) => pausing([processIn(act, directorOf(act, fleet))]),
  kill_engine: async (act, fleet) => {
    const { engine } = directorOf(act, fleet);
    await engine.signal('SIGKILL');
    return engine.start;
  },
  freeze_engine: async (act, fleet) => {
    const { engine } = directorOf(act, fleet);
    await engine.signal('SIGSTOP');
    return () => engine.signal('SIGCONT');
  },
  cut: async ({ director = '' }, { hosts }) => {
    await hosts.cut(director);
    return () => hosts.mend(director);
  },
  lossy: ({ director = '', loss = 0 }, fleet) => impairing(director, emulate('fabric', { loss }), fleet),
  slow: ({ director = '', delay = 0 }, fleet) => impairing(director, emulate('fabric', { delay }), fleet),
  stop_server: async (act, fleet) => {
    signalAll(serverPids(act, fleet), 'SIGKILL');
    return () => fleet.startServer(act.server ?? '');
  },
  hang_server: async (act, fleet) => pausing(serverPids(act, fleet)),
  slow_server: ({ server = '', delay = 0 }, fleet) => impairing(server, emulate('fabric', { delay }), fleet),
  flush_table: async ({ director = '' }, fleet) => {
    await inHost(director, 'ipvsadm -C', fleet);
    return undefined;
  },
  delete_address: async ({ director = '', address = virtualAddresses[0] }, fleet) => {
    const length = address.includes(':') ? 128 : 32;
    await inHost(director, `ip address del ${address}/${length} dev ${anycastInterface}`, fleet);
    return undefined;
  },
  drain: async (act, fleet) => {
    const undo = () => onServer('undrain', act, fleet);
    await onServer('drain', act, fleet).catch(async (error: unknown) => {
      await undo().catch(() => {});
      throw error;
    });
    return undo;
  },
};

/** Steps that make no fault. */
const plain: readonly FaultName[] = ['mend', 'thaw', 'wait'];

export const canDo = (fault: FaultName): boolean => plain.includes(fault) || makes[fault] !== undefined;

/** @throws if it cannot be done. What a cut director announces is the router's to judge, so that none counts as isolated. */
export const applyToFleet = async (act: Act, fleet: Fleet): Promise<Applied> => {
  const at = Date.now();
  const undo = await makes[act.do]?.(act, fleet);
  return { at, isolates: false, ...(undo !== undefined && { undo: async () => void (await undo()) }) };
};
