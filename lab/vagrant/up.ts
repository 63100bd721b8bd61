// Brings the five machines up: what they are made of, Vagrant inside the isolation, and all of them booted.

import { cp } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { type HostName, hostNames, type Profile } from '../topology.ts';
import { runsKvm } from '../vm/machine-kind.ts';
import { addBox, buildBox, packForMachines } from './box.ts';
import { type BringUp, bringUpBy } from './bring-up.ts';
import type { Isolation, Settings } from './isolation.ts';
import { configFolder, copiedConfigFolder } from './places.ts';
import { environmentOf, type Vagrant, vagrantInside } from './vagrant.ts';

type Print = (text: string) => void;

export type Up = {
  readonly vagrant: Vagrant;
  readonly bringUp: BringUp;
  /** Machines that failed at first, each with the reason. */
  readonly secondTries: readonly string[];
};

/** Runs an action and prints how long it took. */
export const timed = async <Result>(
  what: string,
  action: () => Result | Promise<Result>,
  print: Print,
): Promise<Result> => {
  const began = performance.now();
  const result = await action();
  print(`  ${what}: ${((performance.now() - began) / 1000).toFixed(0)} s`);
  return result;
};

/** Makes what the machines need. @returns Vagrant's settings for them. */
export const prepareMachines = async (profile: Profile, print: Print): Promise<Settings> => {
  await timed('pack regent and Node for the machines', packForMachines, print);
  const box = await timed('build the box', buildBox, print);
  const driver = (await runsKvm()) ? 'kvm' : 'qemu';
  print(`  the machines run on ${driver === 'kvm' ? 'KVM' : 'plain emulation'}, profile ${profile}`);
  return { profile, box, driver };
};

/** Boots all five. @throws when one fails twice. */
export const bringUpMachines = async (isolation: Isolation, settings: Settings, print: Print): Promise<Up> => {
  const vagrant = vagrantInside(isolation, environmentOf(isolation, settings), (line) => print(`    ${line}`));
  await cp(configFolder, copiedConfigFolder(isolation.folder), { recursive: true });
  await timed('vagrant box add', () => addBox(vagrant, settings.box), print);
  const secondTries: string[] = [];
  const onSecondTry = (name: HostName, reason: string): void => {
    print(`    ${name} failed and is brought up once more: ${reason}`);
    secondTries.push(`${name}: ${reason}`);
  };
  const bringUp = bringUpBy(vagrant, { atOnce: availableParallelism(), onSecondTry });
  await timed('vagrant up', () => bringUp(hostNames), print);
  return { vagrant, bringUp, secondTries };
};
