// Runs the virtual routers of one host: brings events to the pure core, and its actions to the ports.

import type { ChecksumDialect, RouterConfig, VrrpConfig } from '../config/model.ts';
import { elapsed, type Instant, type Milliseconds, milliseconds } from '../config/units.ts';
import type { AddressEntry } from '../kernel/addresses.ts';
import { interfacesToAnnounceOn } from '../kernel/arp.ts';
import { type Change, diff } from '../kernel/diff.ts';
import { type Announcements, announceOnEvidence, announceTakeover, nextAnnouncement, takeDue } from './announcement.ts';
import { addressRules, desiredAddresses, leaseOf, leaseOverlap, type Standing } from './desired.ts';
import {
  deadlineOf,
  holdsAddresses,
  masterDownInterval,
  ownerPriority,
  type RouterEvent,
  type Self,
} from './election.ts';
import type { FromVrrp, RouterStatus, TakeoverTimings, VrrpEventBody, Will } from './messages.ts';
import {
  type Advertisement,
  type DropReason,
  decodeAdvertisement,
  encodeAdvertisement,
  type PacketPath,
  vrrpGroup,
} from './packet.ts';
import type { Interface, Ports, Wire } from './ports.ts';
import { explain } from './reason.ts';
import { type MemberAction, type SyncGroup, stepGroup } from './sync-group.ts';

/** What is kept of a router beside its place in the election. */
type Running = {
  readonly config: RouterConfig;
  readonly group: string;
  announcements: Announcements;
  since: number;
  reason: string;
  heard?: { readonly address: string; readonly priority: number; readonly dialect?: ChecksumDialect };
  sent: number;
  received: number;
  readonly dropped: Partial<Record<DropReason, number>>;
  toMaster: number;
  worstLateness: Milliseconds;
};

type Attachment = { readonly link: Interface; readonly source: string; readonly wire: Wire };

export type Routers = {
  readonly start: () => void;
  /** Interfaces or addresses of the host have changed. */
  readonly networkChanged: () => void;
  /** Leaves every mastership, make-before-break; `done` when nothing is held any more. */
  readonly leave: (done: () => void) => void;
  /** Walks the way of a takeover without taking anything, so that a takeover does not meet code that was never run. */
  readonly rehearse: () => void;
  readonly status: () => readonly RouterStatus[];
  readonly close: () => void;
};

/** A timer that fires this much after its deadline lets waiting packets speak first: they may say that a master lives. */
const lateFrom = milliseconds(20);
const dropReportEvery = milliseconds(10_000);

/** Makes the routers of a configuration; nothing happens before `start`. */
export const createRouters = (config: VrrpConfig, ports: Ports, tell: (message: FromVrrp) => void): Routers => {
  const groupOf = (router: string): string =>
    config.groups.find((group) => group.routers.includes(router))?.name ?? `router ${router}`;
  const running = new Map<string, Running>(
    config.routers.map((router) => [
      router.name,
      {
        config: router,
        group: groupOf(router.name),
        announcements: { due: [] },
        since: Date.now(),
        reason: 'not started',
        sent: 0,
        received: 0,
        dropped: {},
        toMaster: 0,
        worstLateness: milliseconds(0),
      },
    ]),
  );
  const groups = new Map<string, SyncGroup>();
  const attachments = new Map<string, Attachment>();
  const lastDropReports = new Map<string, { at: Instant; count: number }>();
  let callOff: (() => void) | undefined;
  let renewedAt: Instant | undefined;
  let leaving: (() => void) | undefined;
  let closed = false;

  /** Events wait until the packets of this turn have left: to encode and write them costs more than an ARP frame. */
  let unsaid: FromVrrp[] = [];
  const say = (message: FromVrrp): void => {
    if (unsaid.length === 0) setImmediate(sayAll);
    unsaid.push(message);
  };
  const sayAll = (): void => {
    const messages = unsaid;
    unsaid = [];
    for (const message of messages) tell(message);
  };
  const emit = (event: VrrpEventBody): void => say({ type: 'event', event: { at: Date.now(), ...event } });

  /** Where announcements go, kept from the last change of the network: a takeover must not list what has not changed. */
  let announceOn: ReadonlyMap<string, readonly Interface[]> = new Map();

  const primaryAddress = (name: string): string | undefined => {
    const virtual = new Set(config.routers.flatMap(({ addresses }) => addresses.map(({ address }) => address)));
    const own = ports.addresses.list().filter((entry) => entry.interface === name && !entry.address.includes(':'));
    // An address owner's primary address is a virtual one too.
    return (own.find(({ address }) => !virtual.has(address)) ?? own[0])?.address;
  };

  const selfOf = (router: RouterConfig): Self => ({
    version: router.version,
    priority: router.priority,
    interval: router.advertisementInterval,
    downAfter: router.downAfter,
    preempt: router.preempt,
    primaryAddress: attachments.get(router.interface)?.source ?? '0.0.0.0',
  });

  const stateOf = (router: string) =>
    groups.get(running.get(router)?.group ?? '')?.get(router)?.state ?? { name: 'initialize' as const };

  const standings = (): Standing[] => config.routers.map((router) => ({ config: router, state: stateOf(router.name) }));

  const routerOfAddress = (entry: AddressEntry): string =>
    config.routers.find(
      (router) =>
        router.interface === entry.interface && router.addresses.some(({ address }) => address === entry.address),
    )?.name ?? '';

  /** The only place that changes addresses. `expected`: a removal by somebody else shows as `restored`. */
  const reconcile = (mode: 'transition' | 'renewal' | 'repair' | 'start'): void => {
    const now = ports.clock();
    try {
      const rules = addressRules(standings(), ports.remembered(), mode !== 'repair' && mode !== 'start');
      const changes = diff(ports.addresses.list(), desiredAddresses(standings()), rules);
      if (mode !== 'repair') renewedAt = now;
      report(changes, mode);
    } catch (error) {
      emit({ type: 'kernel-error', message: error instanceof Error ? error.message : String(error) });
    }
  };

  const report = (
    changes: readonly Change<AddressEntry>[],
    mode: 'transition' | 'renewal' | 'repair' | 'start',
  ): void => {
    const restored = new Set<string>();
    for (const { change, error } of ports.addresses.apply(changes)) {
      const { entry } = change;
      const router = routerOfAddress(entry);
      const place = { router, interface: entry.interface, address: `${entry.address}/${entry.prefixLength}` };
      if (error !== undefined) emit({ type: 'kernel-error', router, message: error.message });
      else if (change.type === 'add') {
        const isRepair = mode === 'repair' || mode === 'renewal';
        if (isRepair) restored.add(router);
        emit({ type: 'address', ...place, change: isRepair ? 'restored' : 'added' });
      } else if (change.type === 'remove') {
        if (mode === 'start') emit({ type: 'address', ...place, change: 'adopted' });
        emit({ type: 'address', ...place, change: 'removed' });
      }
    }
    for (const router of restored) {
      const run = running.get(router);
      if (run !== undefined) run.announcements = announceOnEvidence(run.announcements, ports.clock());
    }
  };

  const learnNetwork = (): void => {
    const links = new Map(ports.interfaces().map((link) => [link.name, link]));
    const entries = ports.addresses.list();
    announceOn = new Map(
      config.routers.flatMap((router) =>
        router.addresses.map(({ address }) => [
          `${router.interface} ${address}`,
          interfacesToAnnounceOn(address, router.interface, entries).flatMap((name) => links.get(name) ?? []),
        ]),
      ),
    );
  };

  const announcementsOf = ({ config: own }: Running) =>
    own.addresses.flatMap(({ address }) =>
      (announceOn.get(`${own.interface} ${address}`) ?? []).flatMap(({ name, index, mac, up }) =>
        mac === undefined || !up ? [] : [{ interfaceIndex: index, mac, address, name }],
      ),
    );

  /** Sends gratuitous ARP for the routers' addresses on every interface whose connected subnet holds one. */
  const announceNow = (announced: readonly Running[], why: string): void => {
    for (const error of ports.announce(announced.flatMap(announcementsOf))) {
      emit({ type: 'kernel-error', message: error.message });
    }
    for (const router of announced) {
      const interfaces = [...new Set(announcementsOf(router).map(({ name }) => name))];
      emit({ type: 'announced', router: router.config.name, interfaces, why });
    }
  };

  const advertisementOf = (router: RouterConfig, priority: number): Advertisement => ({
    version: router.version,
    virtualRouterId: router.virtualRouterId,
    priority,
    interval: router.advertisementInterval,
    addresses: router.addresses.map(({ address }) => address),
  });

  const advertise = (run: Running, priority: number): void => {
    const attachment = attachments.get(run.config.interface);
    if (attachment === undefined) return;
    const path = { source: attachment.source, destination: vrrpGroup };
    try {
      attachment.wire.send(
        encodeAdvertisement(advertisementOf(run.config, priority), path, run.config.checksum),
        vrrpGroup,
      );
      run.sent += 1;
    } catch (error) {
      emit({
        type: 'kernel-error',
        router: run.config.name,
        message: error instanceof Error ? error.message : String(error),
      });
    }
  };

  /** Leases are renewed in the turn of an advertisement, before it is sent, at most once in a third of the shortest lease. */
  const renewLeases = (now: Instant): void => {
    const leases = standings().flatMap(({ config: router, state }) =>
      holdsAddresses(state) ? [leaseOf(router) ?? Number.POSITIVE_INFINITY] : [],
    );
    const third = (Math.min(...leases) * 1000) / 3;
    if (Number.isFinite(third) && (renewedAt === undefined || elapsed(renewedAt, now) >= third)) reconcile('renewal');
  };

  /** Runs the actions of one step: addresses, then ARP for all of the group in one batch, then advertisements. */
  const run = (actions: readonly MemberAction[], now: Instant): Omit<TakeoverTimings, 'timerLateness'> => {
    const routersOf = (type: MemberAction['type']): Running[] =>
      actions.flatMap((action) =>
        action.type === type && 'router' in action ? (running.get(action.router) ?? []) : [],
      );
    const isTransition = actions.some((action) => action.type === 'reconcile');
    const isAdvertising = actions.some((action) => action.type === 'advertise' && action.priority > 0);
    if (isTransition) reconcile('transition');
    else if (isAdvertising) renewLeases(now);
    const toAddresses = elapsed(now, ports.clock());
    const announcing = routersOf('announce');
    if (isTransition && announcing.length > 0) announceNow(announcing, 'became master');
    const toAnnouncement = elapsed(now, ports.clock());
    for (const router of announcing) {
      router.announcements = isTransition
        ? takeDue(announceTakeover(now), now, router.config.announceEvery)[1]
        : announceOnEvidence(router.announcements, now);
    }
    for (const action of actions) {
      const router = action.type === 'advertise' ? running.get(action.router) : undefined;
      if (action.type === 'advertise' && router !== undefined) advertise(router, action.priority);
    }
    return { toAddresses, toAnnouncement, toAdvertisement: elapsed(now, ports.clock()) };
  };

  /** The one way of an event to a router. */
  const give = (name: string, event: RouterEvent, timerLateness: Milliseconds = milliseconds(0)): void => {
    const router = running.get(name);
    const group = groups.get(router?.group ?? '');
    if (router === undefined || group === undefined) return;
    const now = ports.clock();
    const result = stepGroup(group, name, event, now);
    groups.set(router.group, result.group);
    for (const { router: member, to } of result.transitions) {
      const changed = running.get(member);
      if (changed !== undefined && to.name !== 'master') changed.announcements = { due: [] };
    }
    const timings = run(result.actions, now);
    for (const transition of result.transitions) {
      const member = running.get(transition.router);
      if (member === undefined) continue;
      const reason = explain(transition, now);
      member.since = Date.now();
      member.reason = reason.text;
      const isTakeover = transition.to.name === 'master';
      if (isTakeover) {
        member.toMaster += 1;
        delete member.heard;
      }
      emit({
        type: 'transition',
        router: transition.router,
        from: transition.from.name,
        to: transition.to.name,
        reason,
        ...(isTakeover && { takeover: { ...timings, timerLateness } }),
      });
    }
    if (result.transitions.length > 0) {
      say({ type: 'will', will: willOf() });
      say({ type: 'status', routers: status() });
    }
    finishLeaving();
    arm();
  };

  const willOf = (): Will => {
    const masters = standings().filter(({ state }) => state.name === 'master');
    return {
      addresses: desiredAddresses(standings().filter(({ config: router }) => router.priority !== ownerPriority)),
      farewells: masters.flatMap(({ config: router }) => {
        const attachment = attachments.get(router.interface);
        if (attachment === undefined) return [];
        const path = { source: attachment.source, destination: vrrpGroup };
        const payload = encodeAdvertisement(advertisementOf(router, 0), path, router.checksum);
        return [
          {
            router: router.name,
            interface: router.interface,
            interfaceIndex: attachment.link.index,
            ...path,
            payload: Buffer.from(payload).toString('base64'),
          },
        ];
      }),
    };
  };

  const countDrop = (name: string, source: string, reason: DropReason, router: Running | undefined): void => {
    if (router !== undefined) router.dropped[reason] = (router.dropped[reason] ?? 0) + 1;
    const key = `${name} ${source} ${reason}`;
    const now = ports.clock();
    const last = lastDropReports.get(key);
    const count = (last?.count ?? 0) + 1;
    if (last !== undefined && elapsed(last.at, now) < dropReportEvery) {
      last.count = count;
      return;
    }
    // Sources come from the network: what is remembered of them is bounded.
    if (lastDropReports.size >= 256) lastDropReports.clear();
    lastDropReports.set(key, { at: now, count: 0 });
    emit({ type: 'dropped', ...(router && { router: router.config.name }), interface: name, source, reason, count });
  };

  /** Why a well-formed advertisement is not for a router (RFC 9568 7.1, RFC 3768 7.1). */
  const refusalOf = (own: RouterConfig, { version, interval }: Advertisement): DropReason | undefined => {
    if (own.version !== version) return 'version';
    if (own.priority === ownerPriority) return 'owner';
    return own.version === 2 && own.advertisementInterval !== interval ? 'interval' : undefined;
  };

  const routerOf = (name: string, id: number | undefined): Running | undefined =>
    [...running.values()].find(({ config: own }) => own.interface === name && own.virtualRouterId === id);

  const receive = (name: string, payload: Uint8Array, path: PacketPath): void => {
    const { source } = path;
    if (source === attachments.get(name)?.source) countDrop(name, source, 'own-address', undefined);
    else {
      const decoded = decodeAdvertisement(payload, path);
      if (!decoded.ok) countDrop(name, source, decoded.reason, routerOf(name, decoded.virtualRouterId));
      else hear(name, source, decoded.advertisement, decoded.dialect);
    }
  };

  const hear = (
    name: string,
    source: string,
    advertisement: Advertisement,
    dialect: ChecksumDialect | undefined,
  ): void => {
    const router = routerOf(name, advertisement.virtualRouterId);
    const refusal = router === undefined ? 'virtual-router-id' : refusalOf(router.config, advertisement);
    if (router === undefined || refusal !== undefined) {
      countDrop(name, source, refusal ?? 'virtual-router-id', router);
      return;
    }
    router.received += 1;
    const { priority, interval } = advertisement;
    const own = router.config.name;
    const wasMaster = stateOf(own).name === 'master';
    give(own, { type: 'advertisement', source, priority, interval });
    if (wasMaster || priority === 0) return;
    const heard = { address: source, priority, ...(dialect && { dialect }) };
    if (router.heard?.address !== source || router.heard.priority !== priority) {
      emit({ type: 'master-heard', router: own, master: source, priority, ...(dialect && { dialect }) });
    }
    router.heard = heard;
  };

  const attach = (): void => {
    learnNetwork();
    const links = new Map(ports.interfaces().map((link) => [link.name, link]));
    for (const name of new Set(config.routers.map((router) => router.interface))) {
      const link = links.get(name);
      const source = link?.up ? primaryAddress(name) : undefined;
      const held = attachments.get(name);
      const isWanted = link?.up === true && source !== undefined;
      if (held !== undefined && (!isWanted || held.link.index !== link?.index || held.source !== source)) {
        detach(
          name,
          link === undefined ? `${name} is gone` : link.up ? `${name} has another address` : `${name} is down`,
        );
      }
      if (isWanted && !attachments.has(name)) openOn(link, source);
    }
  };

  const openOn = (link: Interface, source: string): void => {
    try {
      const wire = ports.openWire(
        link,
        source,
        (payload, path) => receive(link.name, payload, path),
        (message) => {
          emit({ type: 'kernel-error', message });
          detach(link.name, message);
          attach();
        },
      );
      attachments.set(link.name, { link, source, wire });
      for (const { config: router, group } of running.values()) {
        if (router.interface !== link.name) continue;
        const members = groups.get(group);
        const member = members?.get(router.name);
        if (members === undefined || member === undefined) continue;
        groups.set(group, new Map([...members, [router.name, { ...member, self: selfOf(router) }]]));
        give(router.name, { type: 'startup' });
      }
    } catch (error) {
      emit({ type: 'kernel-error', message: error instanceof Error ? error.message : String(error) });
    }
  };

  const detach = (name: string, reason: string): void => {
    for (const { config: router } of running.values()) {
      if (router.interface === name) give(router.name, { type: 'fault', reason });
    }
    attachments.get(name)?.wire.close();
    attachments.delete(name);
  };

  const finishLeaving = (): void => {
    if (leaving === undefined || standings().some(({ state }) => holdsAddresses(state))) return;
    const done = leaving;
    leaving = undefined;
    sayAll();
    done();
  };

  /** Arms the one timer, for whatever is due next. */
  const arm = (): void => {
    callOff?.();
    callOff = undefined;
    if (closed) return;
    const due = [...running.values()].flatMap((router) => [
      deadlineOf(stateOf(router.config.name)) ?? [],
      nextAnnouncement(router.announcements) ?? [],
    ]);
    const next = Math.min(...due.flat()) as Instant;
    if (Number.isFinite(next)) callOff = ports.at(next, () => fire());
  };

  const fire = (): void => {
    for (const router of running.values()) {
      const now = ports.clock();
      const deadline = deadlineOf(stateOf(router.config.name));
      if (deadline !== undefined && deadline <= now) {
        const lateness = elapsed(deadline, now);
        router.worstLateness = milliseconds(Math.max(router.worstLateness, lateness));
        const isListening = stateOf(router.config.name).name === 'backup';
        if (isListening && lateness > lateFrom) setImmediate(() => giveIfDue(router.config.name, lateness));
        else give(router.config.name, { type: 'timer' }, lateness);
      }
      const [isDue, announcements] = takeDue(router.announcements, now, router.config.announceEvery);
      if (isDue) {
        router.announcements = announcements;
        announceNow([router], 'as planned');
      }
    }
    arm();
  };

  const giveIfDue = (name: string, lateness: Milliseconds): void => {
    const deadline = deadlineOf(stateOf(name));
    if (!closed && deadline !== undefined && deadline <= ports.clock()) give(name, { type: 'timer' }, lateness);
    else arm();
  };

  const status = (): RouterStatus[] =>
    [...running.values()].map((router) => {
      const { config: own } = router;
      const state = stateOf(own.name);
      const listening = 'masterInterval' in state ? state.masterInterval : own.advertisementInterval;
      const lease = leaseOf(own);
      return {
        name: own.name,
        interface: own.interface,
        virtualRouterId: own.virtualRouterId,
        version: own.version,
        priority: own.priority,
        state: state.name,
        since: router.since,
        reason: router.reason,
        addresses: own.addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`),
        masterDownInterval: masterDownInterval(selfOf(own), listening),
        ...(lease !== undefined && { lease }),
        ...(router.heard && { master: router.heard }),
        sent: router.sent,
        received: router.received,
        dropped: { ...router.dropped },
        transitionsToMaster: router.toMaster,
        worstLateness: router.worstLateness,
      };
    });

  const warnOfOverlap = (): void => {
    for (const own of config.routers) {
      const lease = leaseOf(own);
      const overlap =
        lease === undefined ? 0 : leaseOverlap(lease, masterDownInterval(selfOf(own), own.advertisementInterval));
      if (overlap > 0) {
        emit({
          type: 'warning',
          router: own.name,
          message: `its addresses may outlive a killed master by ${Math.round(overlap)} ms beside the successor's, since a lease is whole seconds`,
        });
      }
    }
  };

  return {
    start: () => {
      for (const router of running.values()) {
        const members = groups.get(router.group) ?? new Map();
        groups.set(
          router.group,
          new Map([...members, [router.config.name, { self: selfOf(router.config), state: { name: 'initialize' } }]]),
        );
      }
      reconcile('start');
      warnOfOverlap();
      attach();
      for (const { config: router } of running.values()) {
        if (!attachments.has(router.interface)) {
          emit({
            type: 'warning',
            router: router.name,
            message: `waits in fault: ${router.interface} is missing, down or without an address`,
          });
        }
      }
      tell({ type: 'status', routers: status() });
      arm();
    },
    networkChanged: () => {
      if (closed) return;
      if (leaving === undefined) attach();
      reconcile('repair');
      arm();
    },
    rehearse: () => {
      const standing = standings().map(({ config: own }) => ({
        config: own,
        state: { name: 'master' as const, deadline: ports.clock(), lastSent: ports.clock() },
      }));
      diff(ports.addresses.list(), desiredAddresses(standing), addressRules(standing, ports.remembered(), true));
      for (const router of running.values()) announcementsOf(router);
      willOf();
    },
    leave: (done) => {
      leaving = done;
      for (const { config: router } of running.values()) give(router.name, { type: 'shutdown' });
      finishLeaving();
    },
    status,
    close: () => {
      sayAll();
      closed = true;
      callOff?.();
      for (const { wire } of attachments.values()) wire.close();
      attachments.clear();
    },
  };
};
