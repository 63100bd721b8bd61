// The context of every step: the stage, the client, and questions that steps share.

import type { Hosts } from './hosts.ts';
import { type Check, checkAddresses, checkRoutes, checkTable } from './inspection.ts';
import type { Prober } from './prober.ts';
import type { TakeoverReport } from './report.ts';
import type { Stage } from './stage.ts';
import { rowOf } from './table.ts';
import { type DirectorName, directorNames, type HostName } from './topology.ts';

export type Scene<Kind extends Hosts = Hosts> = Stage<Kind> & {
  /** Prints a block of text within the log. */
  readonly show: (text: string) => void;
  /** The client; absent in the opening steps. */
  readonly prober?: Prober;
};
export type ProbedScene<Kind extends Hosts = Hosts> = Scene<Kind> & {
  readonly prober: Prober;
  /** Keeps the takeover's timeline for the report. */
  readonly recordTakeover: (takeover: TakeoverReport) => void;
};

/** Enough for programs that start on an emulated processor, in milliseconds. */
export const bootLimit = 120_000;
export const reactionLimit = 20_000;
/** How long a step watches the client after its action, in milliseconds. */
export const watchFor = 1500;

/** The endpoint of rs0, the real server that the drill drains and stops. */
export const drained = '192.168.66.111:80';

/** rs0's row in a director's table; undefined if there is none. Cheap enough to poll. */
export const readRow = ({ hosts }: Scene, director: DirectorName) =>
  rowOf(hosts.readProcNet(director, 'ip_vs'), drained);

/** Whether neither director would send rs0 a new connection. */
export const isOutOfRotation = (scene: Scene): boolean =>
  directorNames.every((name) => (readRow(scene, name)?.weight ?? 0) === 0);

/** Whether both directors give rs0 its share. */
export const isInRotation = (scene: Scene): boolean =>
  directorNames.every((name) => readRow(scene, name)?.weight === 100);

/**
 * Whether rs0 serves no living connection through any director.
 * @param stuck connections that lost their client: the director that carried one waits minutes for its end.
 */
export const isIdle = (scene: Scene, stuck: number): boolean =>
  directorNames.every((name) => (readRow(scene, name)?.active ?? 0) <= stuck);

/** Compares everything without traffic: addresses of both directors, their tables exactly, all routes. */
export const inspectAtRest = ({ hosts }: Scene, master: DirectorName): Promise<readonly Check[]> =>
  Promise.all([
    ...directorNames.map((name) => checkAddresses(hosts, name, name === master)),
    ...directorNames.map((name) => checkTable(hosts, name, false)),
    checkRoutes(hosts),
  ]);

/** Compares what the client's requests depend on: the master's addresses and table, and the routes of the hosts that are up. */
export const inspectInUse = (
  { hosts }: Scene,
  master: DirectorName,
  up?: readonly HostName[],
): Promise<readonly Check[]> =>
  Promise.all([checkAddresses(hosts, master, true), checkTable(hosts, master, true), checkRoutes(hosts, up)]);

/** Shows a director's addresses and table as an operator would see them. */
export const showDirector = async ({ hosts, show }: Scene, name: DirectorName): Promise<void> => {
  const look = async (...command: string[]) => {
    const text = await hosts.run(name, command);
    show(`${name}# ${command.join(' ')}\n${text.trimEnd()}`);
  };
  await look('ip', '-4', 'address', 'show');
  await look('ipvsadm', '-L', '-n');
};
