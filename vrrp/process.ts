// The vrrp process: connects the routers to the kernel, and obeys one controller at a time over a Unix socket (argument 1).
// Argument 2 is its build, which it tells the controller; status also reads it from the command line.

import '../base/ignored-signals.ts';
import { unwatchFile, watchFile } from 'node:fs';
import { join } from 'node:path';
import { milliseconds, monotonic } from '../base/units.ts';
import { unreachable } from '../base/unreachable.ts';
import { type Disconnect, greetingOfBuild } from '../channel/channel.ts';
import { listenChannel } from '../channel/listen.ts';
import type { VrrpConfig } from '../config/model/model.ts';
import { heldAddresses } from '../config/model/virtual-addresses.ts';
import { NETLINK_ROUTE, openNetlink } from '../kernel/netlink/socket.ts';
import { type Ownership, openOwnership } from '../kernel/ownership.ts';
import {
  type AddressEntry,
  type ApplyResult,
  addressKey,
  hasSameTraits,
  isPreferredAlike,
  openAddressTable,
} from '../kernel/route/addresses.ts';
import { vrfsOf } from '../kernel/route/links.ts';
import { applyMacvlans, listMacvlans } from '../kernel/route/macvlans.ts';
import { mirrorNetwork } from '../kernel/route/mirror.ts';
import { askNeighbour, listNeighbours } from '../kernel/route/neighbours.ts';
import { watchRouting } from '../kernel/route/routing-monitor.ts';
import { applyVirtualRoutes, listVirtualRoutes } from '../kernel/route/virtual-routes.ts';
import { applyVirtualRules, listVirtualRules } from '../kernel/route/virtual-rules.ts';
import { openAnnouncer } from '../kernel/sockets/announcer.ts';
import { watchClaims } from '../kernel/sockets/claims.ts';
import { openVrrpSocket } from '../kernel/sockets/open-vrrp-socket.ts';
import { lockProgram } from '../kernel/system/memory.ts';
import { setSysctl } from '../kernel/system/sysctl.ts';
import { ip } from '../net/ip-address.ts';
import { runBfd } from './bfd/sessions.ts';
import { createBfdWire } from './bfd/wire.ts';
import type { VrrpEventBody } from './events.ts';
import { findPredecessors } from './handoff/configuration-handoff.ts';
import { snapshotsOf } from './handoff/process-handoff.ts';
import { createInterfaceSettings } from './holdings/interface-settings.ts';
import { routingKeys } from './holdings/routing.ts';
import { virtualMacKeys } from './holdings/virtual-macs.ts';
import { decodeToVrrp, type FromVrrp, type ToVrrp } from './messages.ts';
import type { Ports } from './ports.ts';
import { readKeyFile } from './protocol/key-file.ts';
import { createRouters, type Routers } from './routers.ts';
import { watchReachability } from './tracking/reach.ts';

const statusEvery = 1000;
const keysEvery = 2000;
/** Events kept for the next controller while there is none. */
const backlogLimit = 1000;

const [path, build = ''] = process.argv.slice(2);
if (path === undefined) throw new Error('usage: process.js SOCKET [BUILD]');

const unlocked = lockProgram();
const netlink = openNetlink(NETLINK_ROUTE);
/** Makes the kernel filter dumps, so that regent's routes are found quickly among many. */
const strictNetlink = openNetlink(NETLINK_ROUTE, { filtersDumps: true });
const settings = createInterfaceSettings(netlink, (event) => emit(event));
const addresses = openAddressTable(settings.beforeSetting);
const announcer = openAnnouncer();
let ownership: Ownership | undefined;
let routers: Routers | undefined;
let configured = '';
let isNewController = true;
let hold = milliseconds(10_000);
let orphaned: NodeJS.Timeout | undefined;
let backlog: FromVrrp[] = [];

/** Ignores lease renewals, ours and others', and leased addresses that regent itself added. */
const isOfNoConsequence = (entry: AddressEntry, before: AddressEntry | undefined): boolean => {
  const isLease = entry.lifetime !== 'forever';
  if (before === undefined) return isLease && ownership?.keys().has(addressKey(entry)) === true;
  return isLease === (before.lifetime !== 'forever') && hasSameTraits(before, entry) && isPreferredAlike(before, entry);
};

let isChanged = false;
const network = mirrorNetwork({ netlink, table: addresses }, (change, before) => {
  if (change.type === 'address-added' && isOfNoConsequence(change.entry, before)) return;
  if (isChanged) return;
  isChanged = true;
  setImmediate(() => {
    isChanged = false;
    routers?.networkChanged();
  });
});

/** Node's timers count whole milliseconds: the last ones before an urgent instant are waited out turn by turn. */
const lastTurns = 3;

const at: Ports['at'] = (instant, callback, isUrgent) => {
  let timer: NodeJS.Timeout | undefined;
  let turn: NodeJS.Immediate | undefined;
  let wanted = 0;
  let stood = 0;
  const margin = isUrgent ? lastTurns : 0;
  const wait = (): void => {
    const now = monotonic();
    stood = Math.max(stood, now - wanted);
    if (now >= instant) callback(milliseconds(stood));
    else sleep(now);
  };
  const sleep = (now: number): void => {
    const left = instant - now;
    wanted = left <= margin ? now : instant - margin;
    if (left <= margin) turn = setImmediate(wait);
    else timer = setTimeout(wait, left - margin);
  };
  // Even an instant in the past waits for a turn: the caller is not done yet.
  sleep(monotonic());
  return () => {
    clearTimeout(timer);
    clearImmediate(turn);
  };
};

const acknowledge = (results: ApplyResult[]): ApplyResult[] => {
  network.acknowledged(results);
  return results;
};

const ports: Ports = {
  clock: monotonic,
  wall: Date.now,
  at,
  interfaces: () => {
    const links = network.links();
    const vrfs = vrfsOf(links);
    if (vrfs.size === 0) return links;
    return links.map((link) => {
      const vrf = vrfs.get(link.name);
      return vrf === undefined ? link : { ...link, vrf };
    });
  },
  addresses: {
    ...addresses,
    list: () => network.addresses(),
    apply: (changes) => acknowledge(addresses.apply(changes)),
    applySoon: (changes, done) => addresses.applySoon(changes, (results) => done(acknowledge(results))),
  },
  macvlans: { list: () => listMacvlans(netlink), apply: (changes) => applyMacvlans(netlink, changes) },
  setInterface: settings.set,
  setSysctl: (name, value, reason) => setSysctl(name, value, reason)?.before,
  routes: {
    list: () => listVirtualRoutes(strictNetlink),
    apply: (changes) => applyVirtualRoutes(netlink, changes),
  },
  rules: { list: () => listVirtualRules(netlink), apply: (changes) => applyVirtualRules(netlink, changes) },
  announce: announcer.announce,
  prepareAnnouncements: announcer.prepare,
  openEar: watchClaims,
  neighbours: () => listNeighbours(netlink),
  askNeighbour: (address, index) => askNeighbour(netlink, address, index, 'absent'),
  openWire: (link, use, onPacket, onError) => {
    const socket = openVrrpSocket({
      ...use,
      interface: link.name,
      interfaceIndex: link.index,
      onPacket: ({ payload, ...packet }) => onPacket(payload, packet),
      onDrop: (reason) =>
        tell({
          type: 'event',
          event: { at: Date.now(), type: 'warning', message: `${link.name}: no whole packet (${reason})` },
        }),
      onError: (error) => onError(error.message),
    });
    return { send: (payload, endpoints) => socket.send(Buffer.from(payload), endpoints), close: socket.close };
  },
  readKeys: readKeyFile,
  recordFault: () => ownership?.fault() ?? settings.recordFault(),
  remembered: () => ownership?.keys() ?? new Set(),
};

const emit = (event: VrrpEventBody): void => tell({ type: 'event', event: { at: Date.now(), ...event } });

const bfd = runBfd(
  {
    clock: monotonic,
    at: (instant, callback) => at(instant, callback, false),
    random: Math.random,
    open: createBfdWire(Math.random),
  },
  {
    onState: (name, state) => routers?.track(new Map([[`bfd ${name}`, state]])),
    onLoss: (name, peer, spread, reason) => routers?.peerLost(name, peer, spread, reason),
    onError: (name, message) => emit({ type: 'kernel-error', message: `BFD session ${name}: ${message}` }),
  },
);
let reach: { close(): void } | undefined;

/** Watches what the routers track beyond their interfaces. */
const watch = (config: VrrpConfig): void => {
  bfd.configure(config.bfd);
  const tracked = [...config.routers, ...config.groups].flatMap(({ track }) => track);
  const named = (kind: 'route' | 'neighbour'): string[] => [
    ...new Set(tracked.flatMap((entry) => (entry.kind === kind ? entry.name : []))),
  ];
  reach?.close();
  reach = watchReachability({
    netlink,
    routes: named('route'),
    neighbours: named('neighbour').map(ip),
    onStates: (states) => routers?.track(states),
    onError: (message) => emit({ type: 'kernel-error', message }),
  });
};

const end = (code: number): never => {
  bfd.close();
  routers?.close();
  process.exit(code);
};

/** Gives up mastership cleanly, then ends. */
const leave = (): void => {
  if (routers === undefined) end(0);
  routers?.leave(() => {
    settings.restore();
    tell({ type: 'left' });
    setTimeout(() => end(0), 20);
  });
};

/** Ends silently: peers must not see a change. */
const makeWay = (): void => {
  bfd.close();
  if (routers !== undefined) tell({ type: 'handoff', handoff: routers.handOff() });
  // The messages must have left.
  setTimeout(() => process.exit(0), 20);
};

/** Opened once: this process remembers what a full disk kept from being written. */
const openRecord = (path: string): Ownership => {
  const record = openOwnership(path, undefined, (why) =>
    emit({
      type: 'warning',
      message:
        why === undefined
          ? `the record of its addresses is written again`
          : `the record of its addresses cannot be written, and what a crash leaves may not be known as regent's: ${why}`,
    }),
  );
  if (record.damage !== undefined) emit({ type: 'warning', message: record.damage });
  return record;
};

const configure = ({
  config,
  stateDirectory,
  aside,
  heldBack,
  handoff,
}: Extract<ToVrrp, { type: 'configure' }>): void => {
  const text = JSON.stringify(config);
  for (const message of backlog.splice(0)) channel.send(message);
  if (routers !== undefined && text === configured) {
    routers.holdBack(heldBack);
    routers.standAside(aside);
    if (isNewController) {
      // The new controller does not know yet what an earlier one received.
      tell({ type: 'will', will: routers.will() });
      tell({
        type: 'event',
        event: {
          at: Date.now(),
          type: 'configured',
          routers: config.routers.length,
          message: 'goes on under a new controller',
        },
      });
    }
    isNewController = false;
    return;
  }
  isNewController = false;
  hold = config.hold;
  ownership ??= openRecord(join(stateDirectory, 'addresses.json'));
  settings.configure(stateDirectory, config.routers);
  ownership.claim([
    ...config.routers.flatMap((router) => heldAddresses(router).map(addressKey)),
    ...routingKeys(config.routers),
    ...virtualMacKeys(config.routers),
  ]);
  configured = text;
  const before = routers;
  if (before === undefined && unlocked !== undefined)
    emit({ type: 'warning', message: `${unlocked.message}: a host that is short of memory may delay advertisements` });
  tell({
    type: 'event',
    event: {
      at: Date.now(),
      type: 'configured',
      routers: config.routers.length,
      message: `${before === undefined ? 'runs' : 'goes on with'} ${config.routers.length} virtual routers`,
    },
  });
  if (before === undefined) {
    const predecessors =
      handoff === undefined ? new Map() : findPredecessors(snapshotsOf(handoff), config.routers).predecessors;
    routers = createRouters(config, ports, tell, { predecessors, aside, heldBack, known: new Map(handoff?.known) });
    routers.start();
  } else {
    routers = before.reconfigure(config);
    routers.holdBack(heldBack);
    routers.standAside(aside);
  }
  watchKeyFiles(config);
  watch(config);
};

let watchedFiles: readonly string[] = [];
/** Keys are read again when their file changes; Node checks that in another thread, so that a slow disk delays nothing. */
const watchKeyFiles = ({ routers: configs }: VrrpConfig): void => {
  for (const file of watchedFiles) unwatchFile(file);
  watchedFiles = [
    ...new Set(
      configs.flatMap(({ authentication }) => (authentication?.type === 'hmac' ? [authentication.keyFile] : [])),
    ),
  ];
  for (const file of watchedFiles)
    watchFile(file, { interval: keysEvery, persistent: false }, () => routers?.keysChanged(file));
};

const orphan = (why: Disconnect): void => {
  clearTimeout(orphaned);
  orphaned = setTimeout(leave, hold);
  tell({
    type: 'event',
    event: {
      at: Date.now(),
      type: 'warning',
      message: `the controller is gone (${why.detail}); mastership is kept for ${hold / 1000} s`,
    },
  });
};

const obey = (message: ToVrrp): void => {
  switch (message.type) {
    case 'configure':
      configure(message);
      return;
    case 'track': {
      const { type: _, item, ...state } = message;
      routers?.track(new Map([[item, state]]));
      return;
    }
    case 'make-way':
      makeWay();
      return;
    case 'stop':
      leave();
      return;
    default:
      unreachable(message);
  }
};

const channel = await listenChannel<ToVrrp, FromVrrp>(
  path,
  {
    onConnect: () => {
      clearTimeout(orphaned);
      isNewController = true;
    },
    onMessage: obey,
    onRefusal: (text) => emit({ type: 'unknown-message', message: text }),
    onDisconnect: (why) => {
      if (why.reason !== 'replaced') orphan(why);
    },
  },
  {
    isDroppable: ({ type }) => type === 'status' || type === 'bfd',
    greeting: greetingOfBuild(build),
    decode: decodeToVrrp,
  },
);

function tell(message: FromVrrp): void {
  if (channel.isConnected()) channel.send(message);
  else if (message.type !== 'status' && message.type !== 'bfd') backlog = [...backlog.slice(1 - backlogLimit), message];
}

// Before the controller's first message there is no mastership to leave; waits as long as the controller does for the start.
orphaned = setTimeout(leave, milliseconds(60_000));
watchRouting(() => routers?.routingChanged());
setInterval(() => {
  if (routers === undefined) return;
  routers.rehearse();
  tell({ type: 'status', routers: routers.status() });
  tell({ type: 'interfaces', interfaces: routers.strays() });
  tell({ type: 'bfd', sessions: bfd.status() });
}, statusEvery);
process.on('SIGTERM', leave);
