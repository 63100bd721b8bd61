// Turns of the virtual services: marked ones are judged, compared with the kernel, and corrected.

import { messageOf } from '../../base/error.ts';
import { type Clock, elapsed, later, milliseconds } from '../../base/units.ts';
import type { RealServerConfig, VirtualServiceConfig } from '../../config/model/service-model.ts';
import { type IpvsChanges, ipvsChanges } from '../../kernel/ipvs/changes.ts';
import { destinationKey, serviceAddressOf, serviceKey } from '../../kernel/ipvs/entries.ts';
import {
  countListed,
  type ListedService,
  listedDestination,
  listedName,
  splitListing,
} from '../../kernel/ipvs/listing.ts';
import type { Ipvs, IpvsChange, IpvsResult } from '../../kernel/ipvs/table.ts';
import type { Log } from '../log/log.ts';
import { describeChange } from './change-text.ts';
import { watchDrains } from './drain-watch.ts';
import { createMirror, type Mirror } from './mirror.ts';
import { createRounds, nextRecords, noRecords, recordOf, type ServiceRecord } from './records.ts';
import {
  describeJudgement,
  type JudgementEvent,
  judgeService,
  type ServerStanding,
  type ServiceJudgement,
} from './service-judgement.ts';
import { describeTampering, leave } from './tampering.ts';
import { noPlan, planTurn, rememberNames, type TurnPlan } from './turn.ts';

export type ServiceTurnsPorts = {
  readonly ipvs: Pick<Ipvs, 'services' | 'list' | 'settings' | 'read' | 'apply'>;
  /** Whether an entry may be changed and removed, by its key. */
  readonly isOurs: (key: string) => boolean;
  readonly standingOf: (service: VirtualServiceConfig, server: RealServerConfig) => ServerStanding;
  readonly onJudged: (service: VirtualServiceConfig, event: JudgementEvent) => void;
  /** Logs an error once, however often it repeats; an empty text ends it. */
  readonly complain: (about: string, text: string) => void;
  readonly clock: Clock;
  readonly log: Log;
};

export type ServiceTurns = {
  readonly configure: (services: readonly VirtualServiceConfig[]) => void;
  /** Marks these services, or all, to be judged again. */
  readonly mark: (services?: Iterable<string>) => void;
  /** Marks all services to be read and judged again. */
  readonly markUnread: () => void;
  /** Reads every service's counters again, one service a step. @throws KernelError */
  readonly refresh: () => Generator<void>;
  /** Call every half second: marks services that wait for time or were refused, and the next ones to be read again. */
  readonly pass: () => void;
  /** Does the marked work, in steps of some milliseconds. */
  readonly work: () => Generator<void>;
  /** Removes all of regent's entries. @returns the refusals, as text @throws KernelError */
  readonly clear: () => string;
  readonly mirror: Pick<Mirror, 'services' | 'destinations'>;
  readonly judgementOf: (service: string) => ServiceJudgement | undefined;
  /** Whether a key belongs to an entry that exists or is about to be made. */
  readonly isKnown: (key: string) => boolean;
  /** Whether some key may have become forgettable since the last call. */
  readonly takeGone: () => boolean;
};

/** A step ends after this many changes, or after this time. */
const changesPerStep = 128;
const stepLimit = milliseconds(10);
/**
 * Destinations whose settings are compared in each pass: a hundred a second, and at least as many that all are within ten
 * seconds. Where the kernel has no listing they are read: up to a thousand a second.
 */
const comparedAllowance = 50;
const passesForAll = 20;
const unlistedAllowance = 500;
/** The pause between two looks at the listing, as a multiple of a look's duration; limited to one look a second. */
const lookShare = 50;
const longestPause = milliseconds(900);

const unlisted: ListedService = { head: '', destinations: '' };

type Planned = { readonly record: ServiceRecord; readonly plan: TurnPlan; readonly changes: IpvsChanges };

const keyOf = ({ entry }: IpvsChange): string => ('service' in entry ? destinationKey(entry) : serviceKey(entry));
export const createServiceTurns = (ports: ServiceTurnsPorts): ServiceTurns => {
  const { ipvs, isOurs, standingOf, onJudged, complain, clock, log } = ports;
  const mirror = createMirror();
  const judgements = new Map<string, ServiceJudgement>();
  const foreign = new Set<string>();
  const marked = new Set<ServiceRecord>();
  /** Services whose next turn depends on time, or whose last turn was refused. */
  const waiting = new Set<ServiceRecord>();
  const nextDue = createRounds();
  let lookDueAt = clock();
  let records = noRecords;
  let plans = noPlan;
  let isOpen = false;
  let isGone = false;

  const aboutOf = (record: ServiceRecord): string => `service ${[...record.entries.keys()].join(', ')}`;

  const markUnread = (): void => {
    for (const record of records.all) {
      record.isUnread = true;
      marked.add(record);
    }
  };

  const judge = (record: ServiceRecord): void => {
    const service = record.named?.service;
    if (service === undefined) return;
    const [memory, judgement] = judgeService(service, (server) => standingOf(service, server), record.memory, clock());
    record.memory = memory;
    judgements.set(service.name, judgement);
    for (const event of judgement.events) {
      const [level, text] = describeJudgement(event, service);
      log(level, { process: 'ipvs', subject: service.name, event: event.type }, text, { event });
      onJudged(service, event);
    }
  };

  /** @throws KernelError */
  const read = (record: ServiceRecord): void => {
    let hasGone = false;
    for (const [key, address] of record.entries) {
      const found = ipvs.read(address);
      hasGone ||= found === undefined && mirror.services.has(key);
      mirror.take(key, found);
      for (const state of found?.destinations ?? []) {
        const name = destinationKey(state);
        if (isOurs(name) || foreign.has(name)) continue;
        foreign.add(name);
        const text = `${name} is not in the configuration: it stays, without health checks`;
        log('warn', { process: 'ipvs', event: 'ipvs-foreign' }, text);
      }
    }
    record.isUnread = false;
    // Where another program has removed one service, others may be gone, too.
    if (hasGone) {
      markUnread();
      marked.delete(record);
      record.isUnread = false;
    }
  };

  const plan = (record: ServiceRecord): Planned | undefined => {
    judge(record);
    try {
      if (record.isUnread) read(record);
    } catch (error) {
      complain(aboutOf(record), messageOf(error));
      waiting.add(record);
      return undefined;
    }
    const actual = mirror.contents(record.entries.keys());
    const before = { ...plans, retiredSince: record.retiredSince };
    const next = planTurn(
      record.named === undefined ? [] : [record.named],
      judgements,
      actual,
      isOurs,
      before,
      clock(),
    );
    return { record, plan: next, changes: ipvsChanges(actual, next.desired, isOurs) };
  };

  /** Logs a change and its reason. */
  const tell = (change: IpvsChange, { record, plan: { leaving } }: Planned): void => {
    const key = keyOf(change);
    const name = plans.names.get(key);
    const tampering = record.isNew ? undefined : describeTampering(change, record.left);
    // The removal of a drained destination is logged by its drain.
    if (tampering === undefined && leaving.some((one) => one.isLast && one.key === key)) return;
    const about = { process: 'ipvs', ...(name && { subject: name }) } as const;
    const text = describeChange(change);
    if (tampering === undefined) log('info', { ...about, event: 'ipvs-change' }, text);
    else log('warn', { ...about, event: 'ipvs-tampering' }, `${text}: ${tampering}`);
  };

  const isUnsettled = ({ record, plan: { leaving } }: Planned): boolean => {
    if (leaving.length > 0) return true;
    const duties = judgements.get(record.named?.service.name ?? '')?.duties.values() ?? [];
    return [...duties].some((duty) => duty.name === 'serve' && duty.isRamping);
  };

  const end = (planned: Planned, refusals: readonly string[]): void => {
    const { record, plan: done } = planned;
    const [drains, lines] = watchDrains(record.drains, done.leaving, clock());
    for (const { name, text } of lines) log('info', { process: 'ipvs', subject: name, event: 'drain' }, text);
    record.drains = drains;
    record.retiredSince = done.memory.retiredSince;
    record.left = leave(done.desired.services, done.desired.destinations);
    record.size = done.desired.destinations.length;
    record.isNew = false;
    complain(aboutOf(record), refusals.join('; '));
    if (refusals.length > 0 || isUnsettled(planned)) waiting.add(record);
    if (record.named === undefined && ![...record.entries.keys()].some((key) => mirror.services.has(key)))
      records = { ...records, all: records.all.filter((one) => one !== record) };
  };

  /**
   * Compares the kernel's listing with the last reading and writes. Services whose lines differ are read again.
   * @returns whether the kernel has a listing
   */
  const look = (): boolean => {
    const text = ipvs.list();
    if (text === undefined) return false;
    const listed = splitListing(text);
    for (const record of records.all)
      for (const [key, address] of record.entries) {
        const found = listed.get(listedName(address)) ?? unlisted;
        const before = record.listed.get(key);
        if (before?.head === found.head && before.destinations === found.destinations && !waiting.has(record)) continue;
        record.listed.set(key, found);
        const lines = countListed(found);
        const { destinations } = mirror.contents([key]);
        let isSame = lines.size === destinations.length && (before === undefined || before.head === found.head);
        for (const state of destinations) {
          const counted = lines.get(listedDestination(state));
          if (counted === undefined) isSame = false;
          else mirror.count(destinationKey(state), counted.active, counted.inactive);
        }
        if (isSame && (found.head !== '') === mirror.services.has(key)) continue;
        record.isUnread = true;
        marked.add(record);
      }
    return true;
  };

  const markRecordUnread = (record: ServiceRecord): void => {
    record.isUnread = true;
    marked.add(record);
  };

  /** Reads again what has other settings than when it was compared last, which the listing does not show. */
  const compareSettings = (): void => {
    const all = records.all.reduce((sum, { size }) => sum + size + 1, 0);
    for (const record of nextDue(records.all, Math.max(comparedAllowance, Math.ceil(all / passesForAll))))
      for (const [key, address] of record.entries) {
        let found: string | undefined;
        try {
          found = ipvs.settings(address);
        } catch {
          // The reading that follows has the error.
        }
        if (found !== undefined && record.settings.get(key) === found) continue;
        if (found === undefined) record.settings.delete(key);
        else record.settings.set(key, found);
        markRecordUnread(record);
      }
  };

  /** Applies the changes of several services, in portions, in the order that never leaves a service empty. */
  function* apply(batch: readonly Planned[]): Generator<void> {
    const owners = new Map<IpvsChange, Planned>();
    for (const one of batch)
      for (const change of [...one.changes.services, ...one.changes.destinations]) owners.set(change, one);
    const refusals = new Map<Planned, string[]>(batch.map((one) => [one, []]));
    const settle = ({ change, error }: IpvsResult): void => {
      const owner = owners.get(change);
      if (owner === undefined) return;
      if (error !== undefined) {
        refusals.get(owner)?.push(error.message);
        owner.record.isUnread = true;
        return;
      }
      mirror.note(change);
      isGone ||= change.type === 'remove';
      tell(change, owner);
    };
    const services = batch.flatMap(({ changes }) => changes.services);
    const destinations = batch.flatMap(({ changes }) => changes.destinations);
    const removals = services.filter(({ type }) => type === 'remove');
    let made = services.filter(({ type }) => type !== 'remove');
    for (let from = 0; ; from += changesPerStep) {
      const isLast = from + changesPerStep >= destinations.length;
      const part = destinations.slice(from, from + changesPerStep);
      for (const result of ipvs.apply([...made, ...(isLast ? removals : [])], part)) settle(result);
      if (isLast) break;
      made = [];
      yield;
    }
    for (const one of batch) end(one, refusals.get(one) ?? []);
  }

  /** Adopts existing entries under regent's keys: of this configuration, or of an earlier one. @throws KernelError */
  function* open(): Generator<void> {
    const found = new Map(
      ipvs.services().flatMap((state) => (isOurs(serviceKey(state)) ? [[serviceKey(state), state] as const] : [])),
    );
    const known = new Set(records.all.flatMap((record) => [...record.entries.keys()]));
    const retired = [...found]
      .filter(([key]) => !known.has(key))
      .map(([key, state]) => recordOf(undefined, new Map([[key, serviceAddressOf(state)]])));
    records = { ...records, all: [...records.all, ...retired] };
    for (const record of records.all) {
      marked.add(record);
      record.isUnread = false;
      if (![...record.entries.keys()].some((key) => found.has(key))) continue;
      read(record);
      yield;
    }
    isOpen = true;
    if (found.size === 0) return;
    const text = `adopted ${found.size} existing services with ${mirror.destinations.size} destinations`;
    log('warn', { process: 'ipvs', event: 'ipvs-adopted' }, text);
  }

  function* work(): Generator<void> {
    try {
      if (!isOpen) yield* open();
      complain('table', '');
    } catch (error) {
      complain('table', messageOf(error));
      return;
    }
    while (marked.size > 0) {
      const startedAt = clock();
      const batch: Planned[] = [];
      let count = 0;
      for (const record of marked) {
        marked.delete(record);
        const planned = plan(record);
        if (planned === undefined) continue;
        batch.push(planned);
        count += planned.changes.services.length + planned.changes.destinations.length;
        if (count >= changesPerStep || elapsed(startedAt, clock()) >= stepLimit) break;
      }
      yield* apply(batch);
      yield;
    }
  }

  return {
    configure: (services) => {
      const before = records.all;
      records = nextRecords(records, services, (key) => mirror.services.has(key));
      const configured = new Set(
        records.all.flatMap(({ named }) => [
          ...(named?.entries ?? []).map(({ key }) => key),
          ...(named?.destinations ?? []).map(({ key }) => key),
        ]),
      );
      const isHeld = (key: string): boolean => mirror.destinations.has(key) || mirror.services.has(key);
      plans = rememberNames(
        plans,
        records.changed.flatMap(({ named }) => named ?? []),
        (key) => configured.has(key) || isHeld(key),
      );
      for (const key of foreign) if (!isHeld(key)) foreign.delete(key);
      const current = new Set(records.all);
      for (const record of before) if (!current.has(record)) complain(aboutOf(record), '');
      for (const set of [marked, waiting]) for (const record of set) if (!current.has(record)) set.delete(record);
      for (const record of records.changed) marked.add(record);
      for (const name of judgements.keys()) if (!records.named.has(name)) judgements.delete(name);
      isGone = true;
    },
    mark: (services) => {
      const wanted =
        services === undefined ? records.all : [...services].flatMap((name) => records.named.get(name) ?? []);
      for (const record of wanted) marked.add(record);
    },
    markUnread,
    pass: () => {
      const startedAt = clock();
      let isListed = true;
      if (isOpen && (startedAt >= lookDueAt || waiting.size > 0)) {
        isListed = look();
        lookDueAt = later(startedAt, milliseconds(Math.min(lookShare * elapsed(startedAt, clock()), longestPause)));
      }
      for (const record of waiting) {
        // A refused service is read again; the connections of a leaving one were just counted.
        record.isUnread ||= !isListed;
        marked.add(record);
      }
      waiting.clear();
      if (!isOpen) return;
      if (!isListed) for (const record of nextDue(records.all, unlistedAllowance)) markRecordUnread(record);
      else compareSettings();
    },
    refresh: function* () {
      for (const record of isOpen ? records.all : []) {
        read(record);
        marked.add(record);
        yield;
      }
    },
    work,
    clear: () => {
      const services = ipvs.services().filter((state) => isOurs(serviceKey(state)));
      const changes = ipvsChanges({ services, destinations: [] }, { services: [], destinations: [] }, isOurs);
      const results = ipvs.apply(changes.services, []);
      for (const { change, error } of results) if (error === undefined) mirror.note(change);
      for (const record of records.all) record.left = leave([], []);
      return results.flatMap(({ error }) => error?.message ?? []).join('; ');
    },
    mirror,
    judgementOf: (service) => judgements.get(service),
    isKnown: (key) =>
      mirror.destinations.has(key) ||
      mirror.services.has(key) ||
      records.all.some(({ left, retiredSince }) => left.services.has(key) || retiredSince.has(key)),
    takeGone: () => {
      const was = isGone;
      isGone = false;
      return was;
    },
  };
};
