// What a host on the cable sees, and what leaves the hosts, in the order of the kernel's clock.

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Namespace } from '../namespaces.ts';

/** Seconds since the epoch, and what was seen: `lb0 farewell 51`, `lb1 announces 192.168.55.100`, `lb0 removes 192.168.55.100`. */
export type Sight = { readonly time: number; readonly what: string };

export type Lookout = {
  /** Sees advertisements and ARP at the interface of this host. */
  readonly at: (host: Namespace) => void;
  /** Knows a director by its MAC, and sees which addresses leave it. */
  readonly of: (name: string, host: Namespace) => void;
  readonly sights: () => readonly Sight[];
  readonly forget: () => void;
  readonly close: () => void;
};

export const openLookout = (): Lookout => {
  let sights: Sight[] = [];
  const children: ChildProcess[] = [];
  const macs = new Map<string, string>();

  const watch = (host: Namespace, read: (line: string) => string | undefined, command: string, ...args: string[]) => {
    const child = spawn('ip', ['netns', 'exec', host.name, command, ...args], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, TZ: 'UTC' },
    });
    children.push(child);
    createInterface({ input: child.stdout }).on('line', (line) => {
      const what = read(line);
      const [, seconds, fraction] = /^\[?([\dT:-]+)\.(\d+)\]? /.exec(line) ?? [];
      if (what === undefined || seconds === undefined) return;
      const whole = seconds.includes('T') ? Date.parse(`${seconds}Z`) / 1000 : Number(seconds);
      sights.push({ time: whole + Number(`0.${fraction}`), what });
    });
  };
  const nameOf = (mac: string): string => macs.get(mac) ?? 'cl';
  const readFrame = (line: string): string | undefined => {
    const [, mac = '', text = ''] = / ([0-9a-f:]{17}) > .*?length \d+: (.*)$/.exec(line) ?? [];
    const [, id, priority] = /Advertisement, vrid (\d+), prio (\d+)/.exec(text) ?? [];
    if (id !== undefined) return `${nameOf(mac)} ${priority === '0' ? 'farewell' : 'advertisement'} ${id}`;
    const [, asked, by] = /^Request who-has ([\d.]+).*? tell ([\d.]+)/.exec(text) ?? [];
    if (asked !== undefined) return asked === by ? `${nameOf(mac)} announces ${asked}` : `${nameOf(mac)} asks ${asked}`;
    const [, answered] = /^Reply ([\d.]+) is-at/.exec(text) ?? [];
    return answered === undefined ? undefined : `${nameOf(mac)} answers ${answered}`;
  };

  return {
    at: (host) =>
      watch(host, readFrame, 'tcpdump', '-n', '-tt', '-e', '-l', '--immediate-mode', '-i', 'enp0s9', 'vrrp or arp'),
    of: (name, host) => {
      macs.set(host.run('cat', '/sys/class/net/enp0s9/address').trim(), name);
      const readRemoval = (line: string): string | undefined => {
        const [, address] = / Deleted .* inet ([\d.]+)\//.exec(line) ?? [];
        return address === undefined ? undefined : `${name} removes ${address}`;
      };
      watch(host, readRemoval, 'ip', '-ts', '-oneline', 'monitor', 'address');
    },
    sights: () => sights.toSorted((one, other) => one.time - other.time),
    forget: () => {
      sights = [];
    },
    close: () => {
      for (const child of children) child.kill();
    },
  };
};
