// Two hosts on one cable, regent on one and keepalived on the other, each with every row's virtual router: walks a course and judges each row by a capture.

import type { ChildProcess } from 'node:child_process';
import { messageOf } from '../../../../base/error.ts';
import { until } from '../../namespaces.ts';
import {
  closeHosts,
  configureDirector,
  type Host,
  hasEnded,
  openHosts,
  processesOf,
  signal,
  sleep,
  startRouters,
} from '../hosts.ts';
import { type Instance, type Keepalived, startKeepalived } from '../keepalived.ts';
import type { Version } from '../keepalived-versions.ts';
import { longestOverlap, mastersSince, reignsOf, type Sighting, type Watch, watchMasters } from '../masters.ts';
import { beginning, type Course, type Deed, type Expected, expectAfter, type Standing } from './courses.ts';
import { type Both, hostAddresses, otherThan, type Party, parties, type Row } from './rows.ts';

/** Two masters may be seen for one interval and this much, in milliseconds. */
const tolerance = 100;
const settleLimit = 20_000;

/** What was wrong with each row; nothing where all went as it must. */
export type Verdict = ReadonlyMap<Row, readonly string[]>;

const longestInterval = ({ intervals }: Row): number => Math.max(intervals.regent, intervals.keepalived);

type Actors = { readonly perform: (deed: Deed, priorities: (row: Row) => Both<number>) => Promise<void> };

const createActors = (rows: readonly Row[], [left, right]: readonly [Host, Host], version: Version): Actors => {
  let director: ChildProcess | undefined;
  let peer: Keepalived | undefined;
  const routersOf = (priorities: (row: Row) => Both<number>) =>
    rows.map((row) => ({ ...row.regent, priority: priorities(row).regent }));
  const instancesOf = (priorities: (row: Row) => Both<number>): Instance[] =>
    rows.map((row) => ({ name: row.router, priority: priorities(row).keepalived, lines: row.keepalived }));
  const signalRegent = (name: NodeJS.Signals): void => {
    if (name === 'SIGTERM') director?.kill(name);
    else {
      // All are stopped first: none may act on the death of another.
      const pids = processesOf(left.directory);
      for (const pid of pids) signal(pid, name === 'SIGCONT' ? name : 'SIGSTOP');
      if (name === 'SIGKILL') for (const pid of pids) signal(pid, name);
    }
  };
  const signals = { stop: 'SIGTERM', kill: 'SIGKILL', freeze: 'SIGSTOP', thaw: 'SIGCONT' } as const;

  return {
    perform: async (deed, priorities) => {
      const { who } = deed;
      const host = who === 'regent' ? left : right;
      const written = host.log().length;
      if (deed.do === 'start') {
        const isGone = (): boolean =>
          who === 'regent' ? director === undefined || hasEnded(director) : (peer?.hasEnded() ?? true);
        await until(`the earlier ${who} has ended`, isGone, settleLimit);
        if (who === 'regent') director = startRouters(host, routersOf(priorities));
        else peer = startKeepalived(host, instancesOf(priorities), version);
        // Both tell of each router when it begins.
        const begins = who === 'regent' ? /"initialize -> .*"subject":"(\w+)"/ : /\((\w+)\) Entering/;
        const begun = () =>
          new Set(
            host
              .log()
              .slice(written)
              .split('\n')
              .flatMap((line) => begins.exec(line)?.[1] ?? []),
          );
        await until(`${who} listens`, () => begun().size === rows.length, settleLimit);
      } else if (deed.do === 'reprioritize') {
        if (who === 'keepalived') peer?.reload(instancesOf(priorities));
        else {
          configureDirector(host, routersOf(priorities));
          director?.kill('SIGHUP');
        }
      } else if (who === 'regent') signalRegent(signals[deed.do]);
      else peer?.signal(signals[deed.do]);
    },
  };
};

/** The party that alone was master for more than two intervals. */
const ruler = (row: Row, watch: Watch): Party | undefined => {
  const since = Date.now() - 2.5 * longestInterval(row);
  const recent = watch.sightings(row.id).filter(({ at }) => at >= since);
  const masters = mastersSince(recent, since);
  const first = parties.find((party) => row.transport.sources[party] === masters[0]);
  return recent.length >= 2 && masters.length === 1 ? first : undefined;
};

const isAsExpected = (seen: Party | undefined, expected: Expected | undefined): boolean =>
  seen !== undefined && (expected === 'either' || seen === expected);

const isEnd = (deed: Deed): boolean => deed.do === 'stop' || deed.do === 'kill' || deed.do === 'freeze';

/** By farewell a successor comes after its skew time, by silence not before three intervals are over. */
const judgeSuccession = (row: Row, deed: Deed, moment: number, seen: readonly Sighting[]): string[] => {
  const gone = row.transport.sources[deed.who];
  const last = seen.findLast(({ source, priority, at }) => source === gone && (priority > 0 || at >= moment));
  const next = seen.find(({ source, at }) => source !== gone && at >= moment);
  if (last === undefined || next === undefined) return [`${deed.do} ${deed.who}: no succession was seen`];
  const gap = Math.round(next.at - last.at);
  const silence = 3 * last.interval;
  if (deed.do === 'stop' && last.priority !== 0) return [`${deed.who} did not say farewell`];
  if (deed.do === 'stop' && gap >= silence) return [`the farewell of ${deed.who} was answered after ${gap} ms`];
  // A capture's clock may lag behind the kernel's for the one and not for the other.
  return deed.do !== 'stop' && gap < silence - 20 ? [`${deed.who} was succeeded after only ${gap} ms`] : [];
};

/** Two masters at once for too long, and what tcpdump finds wrong; it reads sums as keepalived does. */
const judgeCapture = (row: Row, watch: Watch): string[] => {
  const overlap = Math.round(longestOverlap(reignsOf(watch.sightings(row.id))));
  const complaints = watch.complaints().filter((text) => text.includes(`vrid ${row.id},`));
  return [
    ...(overlap > longestInterval(row) + tolerance ? [`two masters for ${overlap} ms`] : []),
    ...complaints.filter((text) => !row.isRefused || !text.includes('bad vrrp cksum')),
  ];
};

/** Why regent must say that it became master or ceased to be; undefined where there may be several reasons. */
const reasonFor = (row: Row, deed: Deed, successor: Party): string | undefined => {
  if (successor === 'keepalived') return deed.do === 'start' ? 'outranked' : undefined;
  if (deed.who === 'regent') return row.priorities.regent === 255 ? 'owner' : 'preempts';
  if (deed.do === 'stop') return 'farewell';
  return deed.do === 'kill' || deed.do === 'freeze' ? 'no-advertisement' : undefined;
};

type Logged = {
  readonly event?: { readonly type: string; readonly router?: string; readonly reason?: { code: string } };
};

/** The code of the last transition of each router that the log tells of. */
const lastReasons = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text.split('\n').flatMap((line) => {
      const { event } = line.includes('"type":"transition"') ? (JSON.parse(line) as Logged) : {};
      return event?.router === undefined || event.reason === undefined ? [] : [[event.router, event.reason.code]];
    }),
  );

/** What the log of a host tells of a row. */
const linesOf = (host: Host, { router }: Row): string[] =>
  host
    .log()
    .split('\n')
    .filter((line) => line.includes(`"${router}"`) || line.includes(`(${router})`));

/** Gives the hosts their addresses; an owner's virtual one is among them. */
const addAddresses = (rows: readonly Row[], hosts: readonly [Host, Host]): void => {
  const owned = rows.flatMap(({ regent, priorities }) =>
    priorities.regent === 255 ? (regent.addresses as string[]) : [],
  );
  const [left, right] = hosts;
  for (const [host, addresses] of [
    [left, [...hostAddresses.regent, ...owned]],
    [right, hostAddresses.keepalived],
  ] as const)
    for (const address of addresses) {
      const options = address.includes(':') ? ['nodad'] : [];
      host.namespace.run('ip', 'address', 'add', address, 'dev', 'enp0s9', ...options);
    }
};

/** Walks the course with all rows at once. @param version keepalived's. */
export const walk = async (course: Course, rows: readonly Row[], version: Version): Promise<Verdict> => {
  const hosts = openHosts();
  try {
    addAddresses(rows, hosts);
    const watch = await watchMasters(hosts[0].namespace, 'enp0s9');
    const actors = createActors(rows, hosts, version);
    const problems = new Map(rows.map((row) => [row, [] as string[]]));
    let standings: ReadonlyMap<Row, Standing> = new Map(rows.map((row) => [row, beginning(row)]));
    let wereMasters: ReadonlySet<Row> = new Set();
    for (const deed of course.deeds) {
      const before = standings;
      if (deed.do === 'freeze') wereMasters = new Set(rows.filter((row) => before.get(row)?.master === deed.who));
      const after = new Map(
        rows.map((row) => [row, expectAfter(row, before.get(row) ?? beginning(row), deed, wereMasters.has(row))]),
      );
      const moment = Date.now();
      await actors.perform(deed, (row) => after.get(row)?.[0].priorities ?? row.priorities);
      // A peer that has come, or thinks anew, must have had the time to be wrong: its master down interval.
      const areTwo = [...after.values()].some(([{ running }]) => running.size > 1);
      if (areTwo) await sleep(4 * Math.max(...rows.map(longestInterval)));
      // Looked at in one moment for all rows, and not again: on a busy machine the next moment may be a second later.
      let rulers: ReadonlyMap<Row, Party | undefined> = new Map();
      const areSettled = (): boolean => {
        rulers = new Map(rows.map((row) => [row, ruler(row, watch)]));
        return rows.every((row) => isAsExpected(rulers.get(row), after.get(row)?.[1]));
      };
      await until('every row settles', areSettled, settleLimit).catch(() => undefined);
      const reasons = lastReasons(hosts[0].log());
      standings = new Map(
        rows.map((row) => {
          const [standing, expected] = after.get(row) ?? [beginning(row)];
          const seen = rulers.get(row);
          const what = `${deed.do} ${deed.who}`;
          if (!isAsExpected(seen, expected))
            problems.get(row)?.push(`${what}: ${expected} should be the only master, not ${seen ?? 'both or none'}`);
          const master = before.get(row)?.master;
          if (seen !== undefined && master !== undefined && seen !== master) {
            const reason = reasonFor(row, deed, seen);
            const given = reasons.get(row.router);
            if (reason !== undefined && given !== reason) problems.get(row)?.push(`${what}: the log says ${given}`);
            if (isEnd(deed)) problems.get(row)?.push(...judgeSuccession(row, deed, moment, watch.sightings(row.id)));
          }
          return [row, { ...standing, master: seen ?? otherThan(deed.who) }];
        }),
      );
    }
    for (const [row, list] of problems) {
      list.push(...judgeCapture(row, watch));
      if (list.length > 0) list.push(...hosts.flatMap((host) => linesOf(host, row)));
    }
    await watch.stop();
    return problems;
  } catch (error) {
    const told = hosts.map((host) => host.log().split('\n').slice(-20).join('\n'));
    throw new Error([messageOf(error), ...told].join('\n'), { cause: error });
  } finally {
    await closeHosts(hosts);
  }
};
