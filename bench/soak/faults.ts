// Random faults of a soak, each undone by itself: killed and stopped processes, cables, multicast, noise, hands, commands.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Below } from '../../base/random.ts';
import { operate } from '../../test/netns/controller/operated-director.ts';
import type { Bridged } from '../../test/netns/vrrp/bridged.ts';
import { type Host, pidOf, processesOf, signal } from '../../test/netns/vrrp/hosts.ts';
import { startNoise } from '../../test/netns/vrrp/noise.ts';

export type Site = Bridged & {
  /** Starts a director whose controller was killed. */
  readonly restart: (host: Host) => void;
  /** Writes a configuration with other settings. */
  readonly rewrite: (host: Host, below: Below) => void;
};

type Place = { readonly host: Host; readonly index: number; readonly below: Below };
type Fault = (site: Site, place: Place) => Promise<void>;

const span = (below: Below, least: number, most: number): Promise<void> => sleep(least + below(most - least));
const controllersOf = (host: Host): number[] => {
  const children = [pidOf(host, 'vrrp'), pidOf(host, 'healthcheck')];
  return processesOf(host.directory).filter((pid) => !children.includes(pid));
};

export const faults: Readonly<Record<string, Fault>> = {
  'vrrp killed': async (_, { host }) => signal(pidOf(host, 'vrrp'), 'SIGKILL'),
  'healthcheck killed': async (_, { host }) => signal(pidOf(host, 'healthcheck'), 'SIGKILL'),
  'controller killed': async ({ restart }, { host, below }) => {
    for (const pid of controllersOf(host)) signal(pid, 'SIGKILL');
    await span(below, 200, 5000);
    restart(host);
  },
  'all killed': async ({ restart }, { host, below }) => {
    for (const pid of processesOf(host.directory)) signal(pid, 'SIGKILL');
    await span(below, 200, 5000);
    restart(host);
  },
  'vrrp stopped': async (_, { host, below }) => {
    const pid = pidOf(host, 'vrrp');
    signal(pid, 'SIGSTOP');
    await span(below, 500, 2500);
    signal(pid, 'SIGCONT');
  },
  'all stopped': async (_, { host, below }) => {
    const pids = processesOf(host.directory);
    for (const pid of pids) signal(pid, 'SIGSTOP');
    await span(below, 500, 6000);
    for (const pid of pids) signal(pid, 'SIGCONT');
  },
  'cable out': async ({ wire }, { index, below }) => {
    wire.run('ip', 'link', 'set', `port${index}`, 'down');
    await span(below, 500, 8000);
    wire.run('ip', 'link', 'set', `port${index}`, 'up');
  },
  'cut without a loss of carrier': async ({ wire }, { index, below }) => {
    wire.run('ip', 'link', 'set', `port${index}`, 'nomaster');
    await span(below, 500, 8000);
    wire.run('ip', 'link', 'set', `port${index}`, 'master', 'br0');
  },
  'multicast lost': async ({ wire }, { index, below }) => {
    wire.run('bridge', 'link', 'set', 'dev', `port${index}`, 'mcast_flood', 'off');
    await span(below, 1000, 8000);
    wire.run('bridge', 'link', 'set', 'dev', `port${index}`, 'mcast_flood', 'on');
  },
  noise: async ({ wire }, { below }) => {
    const noise = startNoise(wire, 'br0', 20_000);
    await span(below, 1000, 5000);
    await noise.stop();
  },
  'address deleted': async (_, { host }) => {
    if (host.holds()) host.namespace.run('ip', 'address', 'del', '192.168.55.100/32', 'dev', 'enp0s9');
  },
  reload: async ({ rewrite }, { host, below }) => {
    rewrite(host, below);
    await operate(host, 'reload');
  },
  handover: async (_, { host, below }) => {
    await operate(host, 'handover', 'vip');
    await span(below, 1000, 5000);
    await operate(host, 'resume', 'vip');
  },
  drain: async (_, { host, below }) => {
    await operate(host, 'drain', 'rs0');
    await span(below, 1000, 5000);
    await operate(host, 'undrain', 'rs0');
  },
};
