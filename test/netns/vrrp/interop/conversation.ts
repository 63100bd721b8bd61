// A conversation of regent and keepalived on one cable, step by step; after each step exactly one of them may be master.

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { until } from '../../namespaces.ts';
import {
  closeHosts,
  type Host,
  openHosts,
  pidOf,
  processesOf,
  type RouterKeys,
  signal,
  sleep,
  startDirector,
} from '../hosts.ts';
import { type Keepalived, type KeepalivedSettings, startKeepalived } from '../keepalived.ts';
import { longestOverlap, mastersSince, reignsOf, type Watch, watchMasters } from '../masters.ts';

export type Party = 'regent' | 'keepalived';

export type Deed =
  | { readonly do: 'start' | 'stop' | 'kill' | 'freeze' | 'thaw'; readonly who: Party }
  | { readonly do: 'reload'; readonly who: 'keepalived'; readonly priority: number };

/** One line of the conversation: what is done, and who must be master of all then. */
export type Line = readonly [Deed, Party];

/** How the two speak: the addresses that they send from, and those of their hosts beside the usual ones. */
export type Network = {
  readonly sources: Readonly<Record<Party, string>>;
  readonly hostAddresses?: Readonly<Record<Party, readonly string[]>>;
};

export type Conversation = {
  readonly name: string;
  readonly network?: Network;
  readonly version?: 2 | 3;
  /** Advertisement interval in milliseconds. */
  readonly interval?: number;
  /** Its own interval in milliseconds where it differs; further keys of the router; a further address of its host. */
  readonly regent: {
    readonly priority: number;
    readonly interval?: number;
    readonly keys?: RouterKeys;
    readonly hostAddress?: string;
  };
  readonly keepalived: Pick<KeepalivedSettings, 'priority' | 'lines' | 'address'>;
  readonly lines: readonly Line[];
  /** What the log of regent must say in the end. */
  readonly logged?: RegExp;
};

const usual: Network = { sources: { regent: '192.168.55.11', keepalived: '192.168.55.12' } };
/** Two masters may be seen for one interval and this much, in milliseconds. */
const tolerance = 100;

/** Registers a test for each conversation. */
export const converse = (title: string, conversations: readonly Conversation[]): void => {
  describe(title, function () {
    this.timeout(90_000);
    let hosts: readonly [Host, Host];
    let watch: Watch;
    beforeEach(async () => {
      hosts = openHosts();
      watch = await watchMasters(hosts[0].namespace, 'enp0s9');
    });
    afterEach(async function () {
      if (this.currentTest?.state === 'failed') {
        const seen = watch.sightings().map((one) => JSON.stringify(one));
        console.error([hosts[0].log(), hosts[1].log(), ...seen].join('\n'));
      }
      await watch.stop();
      await closeHosts();
    });
    for (const conversation of conversations) it(conversation.name, () => hold(conversation, hosts, watch));
  });
};

const hold = async (conversation: Conversation, [left, right]: readonly [Host, Host], watch: Watch): Promise<void> => {
  const { version = 3, interval = version === 3 ? 500 : 1000, regent, keepalived, lines, logged } = conversation;
  const { sources: sourceOf, hostAddresses } = conversation.network ?? usual;
  const settings = { version, interval, ...keepalived };
  const rhythms: Readonly<Record<Party, number>> = { keepalived: interval, regent: regent.interval ?? interval };
  let director: ChildProcess | undefined;
  let peer: Keepalived | undefined;

  const signalRegent = (name: NodeJS.Signals): void => {
    if (name === 'SIGTERM') director?.kill(name);
    else if (name === 'SIGKILL') for (const pid of processesOf(left.directory)) signal(pid, name);
    else signal(pidOf(left, 'vrrp'), name);
  };
  const signals = { stop: 'SIGTERM', kill: 'SIGKILL', freeze: 'SIGSTOP', thaw: 'SIGCONT' } as const;
  const perform = (deed: Deed): void => {
    if (deed.do === 'start' && deed.who === 'regent') {
      const keys = { version, advertisement_interval: `${rhythms.regent}ms`, ...regent.keys };
      director = startDirector(left, regent.priority, keys);
    } else if (deed.do === 'start') peer = startKeepalived(right, settings);
    else if (deed.do === 'reload') peer?.reload({ ...settings, priority: deed.priority });
    else if (deed.who === 'regent') signalRegent(signals[deed.do]);
    else peer?.signal(signals[deed.do]);
  };

  for (const [{ namespace }, party] of [
    [left, 'regent'],
    [right, 'keepalived'],
  ] as const)
    for (const address of hostAddresses?.[party] ?? [])
      namespace.run('ip', 'address', 'add', address, 'dev', 'enp0s9', 'nodad');
  if (regent.hostAddress) left.namespace.run('ip', 'address', 'add', regent.hostAddress, 'dev', 'enp0s9');
  for (const [deed, expected] of lines) {
    perform(deed);
    const rhythm = rhythms[expected];
    const isAlone = () => {
      const since = Date.now() - 2.5 * rhythm;
      const recent = watch.sightings().filter(({ at }) => at >= since);
      return recent.length >= 2 && mastersSince(recent, since).join() === sourceOf[expected];
    };
    const what = `${expected} is the only master after: ${deed.do} ${deed.who}`;
    // A backup that has just come or gone must have had the time to be wrong.
    await sleep(Math.max(3.6 * interval, deed.do === 'start' ? 2500 : 0));
    await until(what, isAlone, 20_000);
    const rest = Date.now();
    await sleep(3 * rhythm);
    assert.deepEqual(mastersSince(watch.sightings(), rest), [sourceOf[expected]], what);
  }
  const overlap = longestOverlap(reignsOf(watch.sightings()));
  assert.ok(overlap <= interval + tolerance, `two masters for ${overlap} ms`);
  assert.deepEqual(watch.complaints(), []);
  if (logged !== undefined) assert.match(left.log(), logged);
};

export const start = (who: Party): Deed => ({ do: 'start', who });
export const stop = (who: Party): Deed => ({ do: 'stop', who });
export const kill = (who: Party): Deed => ({ do: 'kill', who });
export const freeze = (who: Party): Deed => ({ do: 'freeze', who });
export const thaw = (who: Party): Deed => ({ do: 'thaw', who });
