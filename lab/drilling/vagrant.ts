// The five machines of Vagrant as the target of a drill, over the ssh that Vagrant gives: those that were kept, or new ones.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { emulate } from '../../drill/faults/impairment.ts';
import type { Recording } from '../../drill/recording/recording.ts';
import type { ServerFaults } from '../../drill/remote/faults.ts';
import { openRemotePair } from '../../drill/remote/pair.ts';
import { remoteRefusal } from '../../drill/remote/refusal.ts';
import { asRoot, type Reach } from '../../drill/remote/ssh.ts';
import { type Opened, performSeries } from '../../drill/run/series.ts';
import type { Target } from '../../drill/run/target.ts';
import type { Act, Drill } from '../../drill/scenario/keys.ts';
import type { LoadedDrill } from '../../drill/scenario/load.ts';
import { directorNames, interfaceNames, realServerNames } from '../topology.ts';
import { endIsolation, findKept, type Isolation, isolate, startInside } from '../vagrant/isolation.ts';
import { writeSshConfig } from '../vagrant/machines.ts';
import { bringUpMachines, prepareMachines } from '../vagrant/up.ts';
import { environmentOf, vagrantInside } from '../vagrant/vagrant.ts';
import { projectFolder } from '../vm/project.ts';
import type { LabDrill } from './run.ts';

const reachInside =
  (isolation: Isolation, sshConfig: string): Reach =>
  (host, script) =>
    startInside(isolation, ['ssh', '-F', sshConfig, host, asRoot(script)], { stdio: ['pipe', 'pipe', 'pipe'] });

const signalNginx = (name: string): string => `systemctl kill --kill-whom=all -s ${name} nginx`;

const serverFaults: ServerFaults = {
  stop_server: () => ({ apply: 'systemctl stop nginx', undo: 'systemctl start nginx' }),
  hang_server: () => ({ apply: signalNginx('STOP'), undo: signalNginx('CONT') }),
  slow_server: ({ delay = 0 }) => emulate(interfaceNames[66], { delay }),
};

/** The networks of the lab are 55 and 66 here, too. */
const withInterface = (act: Act): Act => {
  const { network } = act;
  return network === '55' || network === '66' ? { ...act, network: interfaceNames[network] } : act;
};

/** Why a fault cannot be made on the machines; undefined if it can. */
export const machineRefusal = (act: Act): string | undefined =>
  remoteRefusal({
    directors: directorNames,
    serverFaults,
    servers: realServerNames,
    interfaces: Object.values(interfaceNames),
  })(withInterface(act));

const openOn = async (isolation: Isolation, sshConfig: string, drill: Drill): Promise<Target> => {
  const target = await openRemotePair({
    reach: reachInside(isolation, sshConfig),
    on: 'vagrant',
    directors: directorNames,
    serverFaults,
    client: 'cl0',
    drill,
    mustAllow: false,
  });
  return { ...target, refusal: machineRefusal, apply: (act) => target.apply(withInterface(act)) };
};

/** Vagrant and its libvirt, where they are missing: other drills do without. */
const setUpVagrant = (): void =>
  void execFileSync('bash', [join(projectFolder, 'provision/setup.sh'), '--for-vagrant', '--built'], {
    stdio: 'inherit',
  });

/** @throws if a machine does not come up, or is not reached. */
const openMachines = async (drill: Drill, signal: AbortSignal, print: (text: string) => void): Promise<Opened> => {
  const kept = findKept();
  if (kept !== undefined) {
    print('On the machines that were kept.');
    const file = join(kept.folder, 'ssh_config');
    const vagrant = vagrantInside(kept, environmentOf(kept, kept.settings), () => {});
    return {
      target: await openOn(kept, existsSync(file) ? file : await writeSshConfig(kept, vagrant), drill),
      close: async () => {},
    };
  }
  if (process.getuid?.() !== 0) throw new Error('The machines need namespaces of their own: run it as root.');
  setUpVagrant();
  const settings = await prepareMachines('gateway', print);
  const isolation = await isolate(false);
  // Nothing of a drill is there yet that must be undone.
  const leave = (): never => {
    endIsolation(isolation);
    process.exit(130);
  };
  signal.addEventListener('abort', leave);
  try {
    const { vagrant } = await bringUpMachines(isolation, settings, print);
    const target = await openOn(isolation, await writeSshConfig(isolation, vagrant), drill);
    return { target, close: async () => endIsolation(isolation) };
  } catch (error) {
    endIsolation(isolation);
    throw error;
  } finally {
    signal.removeEventListener('abort', leave);
  }
};

/** On the five machines of Vagrant. @throws if they do not come up; what the drill found is in the record. */
export const drillOnMachines = (
  loaded: LoadedDrill,
  options: Omit<LabDrill, 'subjects'>,
  print: (text: string) => void,
): Promise<Recording> =>
  performSeries({
    ...options,
    loaded,
    on: 'vagrant',
    subjects: ['regent'],
    isRenewed: false,
    open: () => openMachines(loaded.drill, options.signal, print),
  });
