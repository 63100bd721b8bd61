// Faults of the web servers.

import { emulate } from '../../../drill/faults/impairment.ts';
import type { Act } from '../../../drill/scenario/keys.ts';
import { interfaceNames } from '../../topology.ts';
import { processesOf } from '../processes.ts';
import { impair, type LabParts, type Make, server } from './parts.ts';
import { pause } from './processes.ts';

const webServerPids = (act: Act, { hosts }: LabParts): readonly number[] => [
  ...processesOf(hosts, server(act), (command) => command.includes('web-server')).keys(),
];

export const stopServer: Make = async (act, { webServers }) => {
  const at = Date.now();
  await webServers[server(act)].stop();
  return { at, isolates: false, undo: () => webServers[server(act)].start() };
};

export const hangServer: Make = async (act, parts) => pause(webServerPids(act, parts));
export const slowServer: Make = (act, { hosts }) =>
  impair(hosts, [[server(act), emulate(interfaceNames[66], { delay: act.delay ?? 0 })]]);
