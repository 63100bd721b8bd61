// What a director tracks moves the address: each kind of item really goes down and comes back.

import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, createNamespace, until } from '../namespaces.ts';
import { type Host, logs, signal, startDirector } from './hosts.ts';
import { type HostsTest, sideBySide } from './side-by-side.ts';

type Setting = {
  readonly track: Readonly<Record<string, unknown>>;
  readonly vrrp?: Readonly<Record<string, unknown>>;
  /** Brings the item down, and up again. */
  readonly down: () => void;
  readonly up: () => void;
  /** What the log must say of each. */
  readonly says: readonly [RegExp, RegExp];
};

/** A program takes long to start on a busy host; without a limit of its own a script is killed after its interval. */
const patient = { timeout: '10s' };

/** The host that tracks, and what its settings are made of. */
type Tools = {
  readonly tracking: Host;
  readonly at: (name: string) => string;
  readonly script: (text: string) => string;
  /** A program of a name of its own, so that no other host's counts. */
  readonly program: () => string;
};

const toolsOf = (tracking: Host): Tools => {
  const at = (name: string): string => join(tracking.directory, name);
  return {
    tracking,
    at,
    script: (text) => {
      writeFileSync(at('check'), `#!/bin/sh\n${text}\n`);
      chmodSync(at('check'), 0o755);
      return at('check');
    },
    program: () => {
      const path = at(`worker${process.pid}`);
      copyFileSync('/bin/sleep', path);
      chmodSync(path, 0o755);
      return path;
    },
  };
};

const settings: Readonly<Record<string, (on: Tools) => Setting>> = {
  'a script by weight': (on) => {
    const command = on.script(`[ ! -e ${on.at('broken')} ] || { echo the disk is full; exit 3; }`);
    return {
      track: { script: 'check' },
      vrrp: { scripts: [{ name: 'check', command: [command], interval: '200ms', ...patient, fall: 2, weight: -60 }] },
      down: () => writeFileSync(on.at('broken'), ''),
      up: () => on.tracking.namespace.run('rm', on.at('broken')),
      says: [
        /script check exited with 3: the disk is full: priority 150 -> 90/,
        /script check succeeded: priority 90 -> 150/,
      ],
    };
  },
  'a process, whose end is a fault': (on) => {
    const path = on.program();
    const start = () => on.tracking.start(path, '60');
    let child = start();
    return {
      track: { process: 'worker' },
      vrrp: { processes: [{ name: 'worker', process: path.split('/').at(-1) }] },
      down: () => signal(child.pid ?? 0, 'SIGKILL'),
      up: () => {
        child = start();
      },
      says: [/-> initialize: process worker does not run: 0 of worker\d+, of 1 that must/, /process worker runs/],
    };
  },
  'a file': (on) => {
    writeFileSync(on.at('rank'), '');
    return {
      track: { file: 'rank' },
      vrrp: { files: [{ name: 'rank', path: on.at('rank'), weight: 2 }] },
      down: () => writeFileSync(on.at('rank'), '-30\n'),
      up: () => writeFileSync(on.at('rank'), '0\n'),
      says: [/file rank holds -30: priority 150 -> 90/, /file rank holds 0: priority 90 -> 150/],
    };
  },
  'an interface': (on) => {
    const gateway = createNamespace('gateway');
    connect({ namespace: on.tracking.namespace, interface: 'enp0s8' }, { namespace: gateway, interface: 'far' });
    return {
      track: { interface: 'enp0s8', weight: -60 },
      down: () => gateway.run('ip', 'link', 'set', 'far', 'down'),
      up: () => gateway.run('ip', 'link', 'set', 'far', 'up'),
      says: [/interface enp0s8 has no carrier: priority 150 -> 90/, /interface enp0s8 is up: priority 90 -> 150/],
    };
  },
  'the default route': (on) => {
    const route = (verb: string) => on.tracking.namespace.run('ip', 'route', verb, 'default', 'via', '192.168.55.254');
    route('add');
    return {
      track: { route: 'default' },
      down: () => route('del'),
      up: () => route('add'),
      says: [/-> initialize: route default is missing/, /route default is there/],
    };
  },
  'a neighbour': (on) => {
    const gateway = createNamespace('gateway');
    connect(
      { namespace: on.tracking.namespace, interface: 'enp0s8', addresses: ['10.9.0.2/24'] },
      { namespace: gateway, interface: 'far', addresses: ['10.9.0.1/24'] },
    );
    return {
      track: { neighbour: '10.9.0.1', weight: -60 },
      down: () => gateway.run('ip', 'address', 'del', '10.9.0.1/24', 'dev', 'far'),
      up: () => gateway.run('ip', 'address', 'add', '10.9.0.1/24', 'dev', 'far'),
      says: [
        /neighbour 10\.9\.0\.1 does not answer: priority 150 -> 90/,
        /neighbour 10\.9\.0\.1 answers: priority 90 -> 150/,
      ],
    };
  },
};

const holders = ([tracking, peer]: readonly [Host, Host]): string =>
  [tracking.holds() ? 'tracking' : '', peer.holds() ? 'peer' : ''].filter(Boolean).join();

const interval = { advertisement_interval: '500ms' };

const losesAndTakesBack =
  (set: (on: Tools) => Setting): HostsTest =>
  async (hosts) => {
    const [tracking, peer] = hosts;
    const { track, vrrp, down, up, says } = set(toolsOf(tracking));
    startDirector(tracking, 150, { ...interval, track: [track] }, vrrp);
    startDirector(peer, 100, interval);
    await until('the higher priority holds the address', () => holders(hosts) === 'tracking');
    await until('the peer listens', () => peer.log().includes('the master is 192.168.55.11'));
    down();
    await until('the peer holds the address', () => holders(hosts) === 'peer');
    await until('the log tells why', () => says[0].test(tracking.log()));
    up();
    await until('the address comes back', () => holders(hosts) === 'tracking');
    await until('the log tells why again', () => says[1].test(tracking.log()));
  };

describe('a director that tracks', function () {
  this.timeout(90_000);
  const moves = Object.entries(settings).map(([name, set]): [string, HostsTest] => [
    `${name} loses the address to its peer, and takes it back`,
    losesAndTakesBack(set),
  ]);
  sideBySide({
    ...Object.fromEntries(moves),
    'a script that others may write never runs it, and says so': async (hosts) => {
      const [tracking] = hosts;
      const { at, script } = toolsOf(tracking);
      const command = script(`touch ${at('was-run')}`);
      chmodSync(command, 0o757);
      startDirector(
        tracking,
        150,
        { ...interval, track: [{ script: 'check' }] },
        { scripts: [{ name: 'check', command: [command], interval: '100ms', ...patient }] },
      );
      await until('the router says what it waits for', () => tracking.log().includes('does not start yet'));
      await logs(tracking, /others than root may write .*check/);
      assert.throws(() => tracking.namespace.run('ls', at('was-run')));
      assert.equal(holders(hosts), '');
      chmodSync(command, 0o755);
      await until('it rules once the script is safe', () => holders(hosts) === 'tracking');
    },
  });
});
