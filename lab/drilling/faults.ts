// The faults on the namespaces of the lab, each with its way back.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { dropFrames, emulate, join, type Script, type Side } from '../../drill/faults/impairment.ts';
import type { Applied } from '../../drill/run/target.ts';
import type { FaultName } from '../../drill/scenario/faults.ts';
import type { Act } from '../../drill/scenario/keys.ts';
import { until } from '../drill.ts';
import type { Namespaces } from '../hosts.ts';
import type { WebServer } from '../stage.ts';
import {
  addressOn,
  type DirectorName,
  type HostName,
  interfaceNames,
  type NetworkName,
  networkNames,
  type RealServerName,
  virtualAddress,
  virtualAddresses,
} from '../topology.ts';
import { processesOf, signalAll } from './processes.ts';
import type { ProcessName, Subject } from './subject.ts';

const execute = promisify(execFile);
const endLimit = 20_000;

export type LabParts = {
  readonly hosts: Namespaces;
  readonly subject: Subject;
  readonly webServers: Readonly<Record<RealServerName, WebServer>>;
  /** The network of a virtual router. */
  readonly networkOf: (router: number) => NetworkName | undefined;
  /** The virtual address of a virtual router. */
  readonly addressOf: (router: number) => string;
};

type Do = (act: Act, parts: LabParts) => Promise<Applied>;

const director = ({ director: name }: Act) => name as DirectorName;
const server = ({ server: name }: Act) => name as RealServerName;
const networksOf = ({ network }: Act): readonly NetworkName[] =>
  network === undefined ? networkNames : [network as NetworkName];

const own = ({ hosts, subject }: LabParts, name: DirectorName) => processesOf(hosts, name, subject.isOwn);

const inNamespace = async (hosts: Namespaces, host: HostName | 'switch', script: string): Promise<void> => {
  await execute('ip', ['netns', 'exec', hosts.namespaceOf(host), 'sh', '-ec', script]);
};

/** Applies scripts, each where it belongs. */
const impair = async (
  hosts: Namespaces,
  scripts: readonly (readonly [HostName | 'switch', Script])[],
): Promise<Applied> => {
  const at = Date.now();
  for (const [host, { apply }] of scripts) await inNamespace(hosts, host, apply);
  return {
    at,
    isolates: false,
    undo: async () => {
      for (const [host, { undo }] of scripts) await inNamespace(hosts, host, undo);
    },
  };
};

/** At the switch a frame to the host leaves the port. */
const sidesOf = ({ direction }: Act): readonly Side[] =>
  direction === undefined ? ['ingress', 'egress'] : [direction === 'in' ? 'egress' : 'ingress'];

const dropAtSwitch = (act: Act, { hosts }: LabParts, what: 'all' | 'multicast') =>
  impair(hosts, [
    [
      'switch',
      join(networksOf(act).map((network) => dropFrames(hosts.portOf(director(act), network), sidesOf(act), what))),
    ],
  ]);

const cut: Do = async (act, parts) => {
  if (act.direction !== undefined) return dropAtSwitch(act, parts, 'all');
  const at = Date.now();
  const network = act.network as NetworkName | undefined;
  await parts.hosts.cut(director(act), network);
  return { at, isolates: network === undefined, undo: () => parts.hosts.mend(director(act), network) };
};

/** Frames in both directions: what the host sends at its own interface, what it receives at the switch's port. */
const emulateBoth = (act: Act, { hosts }: LabParts, effect: Parameters<typeof emulate>[1]) =>
  impair(
    hosts,
    networksOf(act).flatMap((network) => [
      [director(act), emulate(interfaceNames[network], effect)] as const,
      ['switch', emulate(hosts.portOf(director(act), network), effect)] as const,
    ]),
  );

const startIfEnded = async (parts: LabParts, name: DirectorName): Promise<void> => {
  if (own(parts, name).size === 0) await parts.subject.startAgain(name);
};

/** Waits until all of a director's processes have ended. */
const ended = async (parts: LabParts, name: DirectorName): Promise<void> => {
  if (!(await until(() => own(parts, name).size === 0, endLimit))) throw new Error(`${name} does not end`);
};

/** What a host that starts anew does not have. */
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

const powerCut: Do = async (act, parts) => {
  const name = director(act);
  const pids = [...own(parts, name).keys()];
  const at = Date.now();
  // All are stopped first, so that none reacts to the end of another.
  signalAll(pids, 'SIGSTOP');
  await parts.hosts.cut(name);
  signalAll(pids, 'SIGKILL');
  await ended(parts, name);
  await clearKernel(parts, name);
  return {
    at,
    isolates: true,
    undo: async () => {
      await parts.hosts.mend(name);
      await startIfEnded(parts, name);
    },
  };
};

const halt: Do = async (act, parts) => {
  const name = director(act);
  const at = Date.now();
  const controller = parts.subject.pidOf(name, 'controller', own(parts, name));
  if (controller !== undefined) process.kill(controller, 'SIGTERM');
  await ended(parts, name);
  await parts.hosts.cut(name);
  return {
    at,
    isolates: true,
    undo: async () => {
      await parts.hosts.mend(name);
      await startIfEnded(parts, name);
    },
  };
};

const processIn = (act: Act, parts: LabParts): number => {
  const pid = parts.subject.pidOf(director(act), act.process as ProcessName, own(parts, director(act)));
  if (pid === undefined) throw new Error(`${act.director} has no process ${act.process}`);
  return pid;
};

const kill: Do = async (act, parts) => {
  const pid = processIn(act, parts);
  const at = Date.now();
  process.kill(pid, 'SIGKILL');
  // As the unit does; the other processes are the controller's to start.
  if (act.process === 'controller') {
    await until(() => !own(parts, director(act)).has(pid), endLimit);
    await parts.subject.startAgain(director(act));
  }
  return { at, isolates: false };
};

const pause = (pids: readonly number[]): Applied => {
  const at = Date.now();
  signalAll(pids, 'SIGSTOP');
  return { at, isolates: false, undo: async () => signalAll(pids, 'SIGCONT') };
};

const webServerPids = (act: Act, { hosts }: LabParts): readonly number[] => [
  ...processesOf(hosts, server(act), (command) => command.includes('web-server')).keys(),
];

const flap: Do = async (act, { hosts }) => {
  const name = director(act);
  const at = Date.now();
  let isCut = true;
  await hosts.cut(name);
  // One change after the other: the undo comes after the last.
  let change: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    isCut = !isCut;
    const next = isCut ? hosts.cut : hosts.mend;
    change = change.then(() => next(name)).catch(() => {});
  }, act.every ?? 1000);
  return {
    at,
    isolates: false,
    undo: async () => {
      clearInterval(timer);
      await change;
      await hosts.mend(name);
    },
  };
};

const rogue: Do = async (act, { hosts, networkOf, addressOf }) => {
  const network = networkOf(act.router ?? 0);
  if (network === undefined) throw new Error(`no virtual router of the lab is ${act.router}`);
  const host = network === '55' ? 'cl0' : 'rs0';
  const at = Date.now();
  const own = addressOn(host, network) ?? '';
  const router = act.router ?? 0;
  const args = [interfaceNames[network], own, String(router), String(act.priority ?? 255), addressOf(router)];
  const child = hosts.start(host, [...hosts.program('rogue'), ...args], { stdio: 'ignore' });
  return { at, isolates: false, undo: async () => void child.kill('SIGKILL') };
};

const byCommand =
  (words: (act: Act) => readonly string[], back?: (act: Act) => readonly string[]): Do =>
  async (act, { subject }) => {
    const { command } = subject;
    if (command === undefined) throw new Error(`${subject.name} has no such command`);
    const where = act.director === undefined ? 'lb0' : director(act);
    const at = Date.now();
    await command(where, ...words(act));
    return {
      at,
      isolates: false,
      ...(back !== undefined && { undo: async () => void (await command(where, ...back(act))) }),
    };
  };

const handover = byCommand(
  () => ['handover'],
  () => ['resume'],
);
const drain = byCommand(
  ({ server: name = '' }) => ['drain', name],
  ({ server: name = '' }) => ['undrain', name],
);
const reloadByCommand = byCommand(() => ['reload']);

const controllerOf = (act: Act, parts: LabParts): number => processIn({ ...act, process: 'controller' }, parts);

const reload: Do = async (act, parts) => {
  if (parts.subject.command !== undefined) return reloadByCommand(act, parts);
  const at = Date.now();
  process.kill(controllerOf(act, parts), 'SIGHUP');
  return { at, isolates: false };
};

const restart: Do = async (act, parts) => {
  const at = Date.now();
  process.kill(controllerOf(act, parts), 'SIGTERM');
  await ended(parts, director(act));
  await parts.subject.startAgain(director(act));
  return { at, isolates: false };
};

const killAll: Do = async (act, parts) => {
  const pids = [...own(parts, director(act)).keys()];
  const at = Date.now();
  signalAll(pids, 'SIGKILL');
  return { at, isolates: false, undo: () => startIfEnded(parts, director(act)) };
};

/** What is over once it is done. */
const once =
  (act: (act: Act, parts: LabParts) => Promise<void>): Do =>
  async (what, parts) => {
    const at = Date.now();
    await act(what, parts);
    return { at, isolates: false };
  };

const deleteAddress = once(async (act, { hosts }) => {
  const address = act.address ?? virtualAddress;
  const device = interfaceNames[address.startsWith('192.168.66.') ? '66' : '55'];
  await inNamespace(hosts, director(act), `ip address del ${address}/32 dev ${device}`);
});

const flushTable = once(({ director: name }, { hosts }) => inNamespace(hosts, name as DirectorName, 'ipvsadm -C'));

const stopServer: Do = async (act, { webServers }) => {
  const at = Date.now();
  await webServers[server(act)].stop();
  return { at, isolates: false, undo: () => webServers[server(act)].start() };
};

/** Each fault that the lab can make. */
export const labFaults: Readonly<Partial<Record<FaultName, Do>>> = {
  cut,
  halt,
  power_cut: powerCut,
  lossy: (act, parts) => emulateBoth(act, parts, { loss: act.loss ?? 0 }),
  slow: (act, parts) => emulateBoth(act, parts, { delay: act.delay ?? 0 }),
  drop_multicast: (act, parts) => dropAtSwitch(act, parts, 'multicast'),
  freeze: async (act, parts) => pause([...own(parts, director(act)).keys()]),
  kill,
  stop: async (act, parts) => pause([processIn(act, parts)]),
  kill_all: killAll,
  stop_server: stopServer,
  hang_server: async (act, parts) => pause(webServerPids(act, parts)),
  slow_server: (act, { hosts }) =>
    impair(hosts, [[server(act), emulate(interfaceNames[66], { delay: act.delay ?? 0 })]]),
  flap,
  rogue,
  flush_table: flushTable,
  delete_address: deleteAddress,
  reload,
  restart,
  handover,
  drain,
};
