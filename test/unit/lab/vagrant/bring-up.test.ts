// Machines come up in groups; those that failed once more, alone, and that is told.

import { deepEqual, rejects } from 'node:assert/strict';
import { type HostName, hostNames } from '../../../../lab/topology.ts';
import { bringUpBy, failuresIn } from '../../../../lab/vagrant/bring-up.ts';

const failure = (name: string): string =>
  `An error occurred while executing the action on the '${name}'\nmachine. Please handle this error then try again:\n\nGuest-specific operations were attempted`;
const unexpected = (name: string): string =>
  `An unexpected error occurred when executing the action on the\n'${name}' machine. Please report this as a bug:\n\ntimeout during server version negotiating\n\n/usr/lib/net/ssh.rb:80`;

/** A Vagrant that fails for the commands named, each as often as it is named. */
const failingAt = (...commands: readonly (readonly [string, string])[]) => {
  const left = [...commands];
  const calls: string[] = [];
  const vagrant = async (...args: readonly string[]): Promise<string> => {
    const call = args.join(' ');
    calls.push(call);
    const at = left.findIndex(([command]) => command === call);
    const [found] = at === -1 ? [] : left.splice(at, 1);
    if (found !== undefined) throw new Error(found[1]);
    return '';
  };
  return { vagrant, calls };
};

const bringUp = async (
  { vagrant }: ReturnType<typeof failingAt>,
  atOnce: number,
  names: readonly HostName[] = hostNames,
): Promise<string[]> => {
  const told: string[] = [];
  await bringUpBy(vagrant, { atOnce, onSecondTry: (name, reason) => told.push(`${name}: ${reason}`) })(names);
  return told;
};

describe('bringing machines up', () => {
  for (const [atOnce, expected] of [
    [1, ['up lb0', 'up lb1', 'up rs0', 'up rs1', 'up cl0']],
    [2, ['up lb0 lb1', 'up rs0 rs1', 'up cl0']],
    [8, ['up lb0 lb1 rs0 rs1 cl0']],
  ] as const)
    it(`takes ${atOnce} at once`, async () => {
      const machines = failingAt();
      deepEqual(await bringUp(machines, atOnce), []);
      deepEqual(machines.calls, expected);
    });

  it('tries once more what failed, alone, and tells why', async () => {
    const machines = failingAt(['up rs0 rs1', unexpected('rs1')]);
    deepEqual(await bringUp(machines, 2), ['rs1: timeout during server version negotiating']);
    deepEqual(machines.calls, ['up lb0 lb1', 'up rs0 rs1', 'halt --force rs1', 'up --provision rs1', 'up cl0']);
  });

  it('tries once more a machine that cannot be halted either', async () => {
    const machines = failingAt(['up lb0', 'no domain'], ['halt --force lb0', 'no domain']);
    deepEqual(await bringUp(machines, 2, ['lb0']), ['lb0: no domain']);
    deepEqual(machines.calls, ['up lb0', 'halt --force lb0', 'up --provision lb0']);
  });

  it('gives up what fails twice', async () => {
    const machines = failingAt(['up lb0', 'no room'], ['up --provision lb0', 'still no room']);
    await rejects(bringUp(machines, 2, ['lb0']), /still no room/);
  });

  it('takes all for failed when none is named, and those alone that are', () => {
    deepEqual(failuresIn('rs0: booting\nlibvirt is not there\n', ['rs0', 'rs1']), [
      { name: 'rs0', reason: 'libvirt is not there' },
      { name: 'rs1', reason: 'libvirt is not there' },
    ]);
    deepEqual(failuresIn(`${unexpected('rs1')}\n\n${failure('rs0')}`, ['lb0', 'rs0', 'rs1']), [
      { name: 'rs0', reason: 'Guest-specific operations were attempted' },
      { name: 'rs1', reason: 'timeout during server version negotiating' },
    ]);
  });
});
