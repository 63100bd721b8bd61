// What operators and other programs do to a director and its table.

import type { Act } from '../../../drill/scenario/keys.ts';
import { type DirectorName, interfaceNames, virtualAddress } from '../../topology.ts';
import { director, inNamespace, type Make, once } from './parts.ts';
import { processIn } from './processes.ts';

const byCommand =
  (words: (act: Act) => readonly string[], back?: (act: Act) => readonly string[]): Make =>
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

export const handover = byCommand(
  () => ['handover'],
  () => ['resume'],
);
export const drain = byCommand(
  ({ server: name = '' }) => ['drain', name],
  ({ server: name = '' }) => ['undrain', name],
);
const reloadByCommand = byCommand(() => ['reload']);

export const reload: Make = async (act, parts) => {
  if (parts.subject.command !== undefined) return reloadByCommand(act, parts);
  const at = Date.now();
  process.kill(processIn({ ...act, process: 'controller' }, parts), 'SIGHUP');
  return { at, isolates: false };
};

export const deleteAddress = once(async (act, { hosts }) => {
  const address = act.address ?? virtualAddress;
  const device = interfaceNames[address.startsWith('192.168.66.') ? '66' : '55'];
  await inNamespace(hosts, director(act), `ip address del ${address}/32 dev ${device}`);
});

export const flushTable = once(({ director: name }, { hosts }) =>
  inNamespace(hosts, name as DirectorName, 'ipvsadm -C'),
);
