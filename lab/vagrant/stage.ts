// The Vagrant lab set up and running: regent and nginx as services of the machines, and a capture on both networks.

import { startCapture } from '../capture.ts';
import { configurationOf, readDocument } from '../configuration.ts';
import type { Director } from '../directors.ts';
import type { Stage, WebServer } from '../stage.ts';
import { type DirectorName, directorNames, type RealServerName } from '../topology.ts';
import type { Machines } from './machines.ts';

const directorOn = (machines: Machines, name: DirectorName): Director => ({
  name,
  command: (...args) => machines.run(name, ['regent', ...args]),
  // systemd restarts it; if it does not run it does not serve, and the steps see that.
  ended: () => undefined,
});

const webServerOn = (machines: Machines, name: RealServerName): WebServer => ({
  stop: async () => void (await machines.run(name, ['systemctl', 'stop', 'nginx'])),
  start: async () => void (await machines.run(name, ['systemctl', 'start', 'nginx'])),
});

/**
 * Sets the stage on machines that are up.
 * @param onLine is called for every line that a director logs, across its boots.
 * @throws if the capture cannot be started.
 */
export const setMachineStage = async (
  machines: Machines,
  onLine: (line: string, name: DirectorName) => void,
): Promise<Stage<Machines>> => {
  for (const name of directorNames) {
    machines.follow(name, ['journalctl', '-u', 'regent', '-o', 'cat', '-b', '-f'], (line) => onLine(line, name));
  }
  const { profile } = machines;
  return {
    profile,
    hosts: machines,
    capture: await startCapture(machines),
    directors: { lb0: directorOn(machines, 'lb0'), lb1: directorOn(machines, 'lb1') },
    documents: {
      lb0: await readDocument(configurationOf('lb0', profile)),
      lb1: await readDocument(configurationOf('lb1', profile)),
    },
    webServers: { rs0: webServerOn(machines, 'rs0'), rs1: webServerOn(machines, 'rs1') },
  };
};
