// A host with any number of real servers on itself: a local route makes every address of a block its own, and one process
// answers.

import { readFileSync } from 'node:fs';
import { createNamespace, type Namespace } from '../../test/netns/namespaces.ts';
import { type ProbeServers, probedPort, startServers } from '../probe-servers.ts';

export type RealServer = { readonly address: string; readonly port: number };

export type Scene = {
  readonly namespace: Namespace;
  /** Removes the servers of the second block, or restores them: a probe of a removed one fails at once. */
  readonly setFlapping: (isThere: boolean) => void;
  /** Destinations in the kernel's table that take connections, and those with a changed weight. */
  readonly destinations: () => { readonly serving: number; readonly changed: number };
  readonly close: () => void;
};

export const serversPerService = 10;
export const weight = 100;

const steadyBlock = 128;
const flappingBlock = 129;
/** One server in this many lies in the block that flaps. */
const flapping = 10;

const inBlock = (block: number, index: number): string => `10.${block}.${(index >> 8) & 255}.${index & 255}`;

/** `count` servers: the last of each ten flaps if requested. */
export const realServers = (count: number): RealServer[] =>
  Array.from({ length: count }, (_, index) => ({
    address: inBlock(index % flapping === flapping - 1 ? flappingBlock : steadyBlock, index),
    port: probedPort,
  }));

export const serviceAddress = (index: number): string => inBlock(200, index);

/** `-> 0A800001:1F90      Masq    100    0          0`: a destination with connections would be counted, too. */
const weightOf = (line: string): number => Number(line.trim().split(/ +/)[3]);

export const openScene = async (label: string): Promise<Scene> => {
  const namespace = createNamespace(label);
  const route = (verb: 'add' | 'del', block: number): string =>
    namespace.run('ip', 'route', verb, 'local', `10.${block}.0.0/16`, 'dev', 'lo');
  for (const block of [steadyBlock, flappingBlock]) route('add', block);
  const servers: ProbeServers = await startServers('tcp', namespace);
  let isFlappingThere = true;
  return {
    namespace,
    setFlapping: (isThere) => {
      if (isThere === isFlappingThere) return;
      isFlappingThere = isThere;
      route(isThere ? 'add' : 'del', flappingBlock);
    },
    destinations: () => {
      const text = namespace.enter(() => readFileSync('/proc/thread-self/net/ip_vs', 'utf8'));
      const weights = text
        .split('\n')
        .filter((line) => line.startsWith('  -> ') && !line.includes('RemoteAddress'))
        .map(weightOf);
      return {
        serving: weights.filter((each) => each > 0).length,
        changed: weights.filter((each) => each > 0 && each !== weight).length,
      };
    },
    close: () => {
      servers.stop();
      namespace.remove();
    },
  };
};
