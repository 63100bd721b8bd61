// What the faults of the lab need of it, and what they share.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Script } from '../../../drill/faults/impairment.ts';
import type { Applied } from '../../../drill/run/target.ts';
import type { Act } from '../../../drill/scenario/keys.ts';
import type { Namespaces } from '../../hosts.ts';
import type { WebServer } from '../../stage.ts';
import type { DirectorName, HostName, NetworkName, RealServerName } from '../../topology.ts';
import type { Subject } from '../subject.ts';

const execute = promisify(execFile);

export type LabParts = {
  readonly hosts: Namespaces;
  readonly subject: Subject;
  readonly webServers: Readonly<Record<RealServerName, WebServer>>;
  /** The network of a virtual router. */
  readonly networkOf: (router: number) => NetworkName | undefined;
  /** The virtual address of a virtual router. */
  readonly addressOf: (router: number) => string;
};

/** Makes a fault. */
export type Make = (act: Act, parts: LabParts) => Promise<Applied>;

export const director = ({ director: name }: Act) => name as DirectorName;
export const server = ({ server: name }: Act) => name as RealServerName;

export const inNamespace = async (hosts: Namespaces, host: HostName | 'switch', script: string): Promise<void> => {
  await execute('ip', ['netns', 'exec', hosts.namespaceOf(host), 'sh', '-ec', script]);
};

/** Applies scripts, each where it belongs. */
export const impair = async (
  hosts: Namespaces,
  scripts: readonly (readonly [HostName | 'switch', Script])[],
): Promise<Applied> => {
  const at = Date.now();
  const undo = async (): Promise<void> => {
    for (const [host, script] of scripts.toReversed()) await inNamespace(hosts, host, script.undo);
  };
  try {
    for (const [host, { apply }] of scripts) await inNamespace(hosts, host, apply);
  } catch (error) {
    // What was done of it would stay.
    await undo();
    throw error;
  }
  return { at, isolates: false, undo };
};

/** What is over once it is done. */
export const once =
  (act: (act: Act, parts: LabParts) => Promise<void>): Make =>
  async (what, parts) => {
    const at = Date.now();
    await act(what, parts);
    return { at, isolates: false };
  };
