// The vrrp process: connects the routers to the kernel, and obeys one controller at a time over a Unix socket (argument 1).
// Argument 2 is its build, which it tells the controller; status also reads it from the command line.

import '../base/ignored-signals.ts';
import { join } from 'node:path';
import { createBus } from '../base/bus.ts';
import { watchTurns } from '../base/longest-turn.ts';
import { milliseconds } from '../base/units.ts';
import { unreachable } from '../base/unreachable.ts';
import { type Disconnect, greetingOfBuild } from '../channel/channel.ts';
import { listenChannel } from '../channel/listen.ts';
import { watchRouting } from '../kernel/route/routing-monitor.ts';
import { whyByCalls } from '../kernel/sockets/open-raw-socket.ts';
import { lockProgram } from '../kernel/system/memory.ts';
import { createAnycastHolder } from './anycast/holder.ts';
import { createControllerLink, isDroppable } from './controller-link.ts';
import { findPredecessors } from './handoff/configuration-handoff.ts';
import { snapshotsOf } from './handoff/process-handoff.ts';
import { claimedKeys, createHoldingsRecord } from './holdings/record.ts';
import { type NetworkReport, openKernelPorts } from './kernel-ports.ts';
import { decodeToVrrp, type FromVrrp, type ToVrrp } from './messages.ts';
import { createRouters, type Routers } from './routers.ts';
import { isStatusDue } from './status-pace.ts';
import { createWatches, type WatchReport } from './tracking/watches.ts';

const statusEvery = 1000;
/** Before the controller's first message there is no mastership to leave; waits as long as the controller does for the start. */
const firstHold = milliseconds(60_000);
/** For a controller that is gone again before it has sent a configuration. */
const holdUnconfigured = milliseconds(10_000);

type Configure = Extract<ToVrrp, { type: 'configure' }>;

const run = async (path: string, build: string): Promise<void> => {
  const unlocked = lockProgram();
  const bus = createBus<NetworkReport | WatchReport>();
  const controller = createControllerLink(Date.now);
  const { send, emit } = controller;
  if (whyByCalls !== undefined)
    emit({
      type: 'raw-sockets',
      message: `raw sockets are opened by system calls: the package raw-socket ${whyByCalls}`,
    });
  const record = createHoldingsRecord(emit);
  const turns = watchTurns();
  const { ports, netlink, settings, anycast } = openKernelPorts({
    clock: turns.clock,
    record,
    anycastRecord: createHoldingsRecord(emit),
    emit,
    report: bus.send,
  });
  const anycastHolder = createAnycastHolder({
    ...anycast,
    emit,
    onChange: (held) => send({ type: 'anycast', held }),
  });
  const watches = createWatches({ netlink, at: ports.at, emit, report: bus.send });
  let routers: Routers | undefined;
  let count = 0;
  let configured = '';
  let isNewController = true;
  let hold = holdUnconfigured;
  let orphaned: NodeJS.Timeout | undefined;

  bus.handle((report) => {
    switch (report.type) {
      case 'network-changed':
        anycastHolder.networkChanged();
        return routers?.networkChanged();
      case 'tracked':
        return routers?.track(report.states);
      case 'peer-lost':
        return routers?.peerLost(report.session, report.address, report.spread, report.reason);
      case 'keys-changed':
        return routers?.keysChanged(report.path);
      default:
        return unreachable(report);
    }
  });

  const end = (code: number): never => {
    watches.close();
    routers?.close();
    process.exit(code);
  };

  /** Gives up mastership cleanly, then ends. */
  const leave = (): void => {
    if (routers === undefined) end(0);
    anycastHolder.release();
    routers?.leave(() => {
      settings.restore();
      send({ type: 'left' });
      controller.close(() => end(0));
    });
  };

  /** Ends silently: peers must not see a change. */
  const makeWay = (): void => {
    watches.close();
    anycastHolder.handOff();
    if (routers !== undefined) send({ type: 'handoff', handoff: routers.handOff() });
    controller.close(() => process.exit(0));
  };

  const restraintsIn = ({ restraints }: Configure) =>
    restraints && new Map(restraints.map(({ router, ...restraint }) => [router, restraint]));

  const standBy = (running: Routers, message: Configure): void => {
    const { aside, heldBack } = message;
    const restraints = restraintsIn(message);
    if (restraints !== undefined) running.restrain(restraints);
    running.holdBack(heldBack);
    running.standAside(aside);
  };

  const begin = (message: Configure): Routers => {
    const { config, aside, heldBack, handoff } = message;
    const predecessors =
      handoff === undefined
        ? new Map()
        : findPredecessors(snapshotsOf(handoff, { now: ports.clock(), wall: ports.wall() }), config.routers)
            .predecessors;
    const begun = createRouters(config, ports, send, {
      predecessors,
      aside,
      heldBack,
      restraints: restraintsIn(message),
      known: new Map(handoff?.known),
    });
    begun.start();
    return begun;
  };

  const configure = (message: Configure): void => {
    const { config, stateDirectory } = message;
    const text = JSON.stringify(config);
    count = config.routers.length;
    controller.catchUp();
    if (routers !== undefined && text === configured) {
      standBy(routers, message);
      if (isNewController) {
        // The new controller does not know yet what an earlier one received.
        send({ type: 'will', will: routers.will() });
        emit({ type: 'configured', routers: count, message: 'continues under a new controller' });
      }
      isNewController = false;
      return;
    }
    isNewController = false;
    hold = config.hold;
    settings.configure(stateDirectory, config.routers);
    record.claim(join(stateDirectory, 'addresses.json'), claimedKeys(config.routers));
    configured = text;
    const isFirst = routers === undefined;
    if (isFirst && unlocked !== undefined)
      emit({
        type: 'memory-not-locked',
        message: `${unlocked.message}: a host that is short of memory may delay advertisements`,
      });
    emit({
      type: 'configured',
      routers: count,
      message: `${isFirst ? 'runs' : 'now runs'} ${count} virtual routers`,
    });
    if (routers === undefined) routers = begin(message);
    else {
      routers = routers.reconfigure(config);
      standBy(routers, message);
    }
    watches.follow(config, isFirst ? message.handoff?.known : []);
  };

  const orphan = (why: Disconnect): void => {
    clearTimeout(orphaned);
    orphaned = setTimeout(leave, hold);
    emit({
      type: 'controller-lost',
      message: `the controller is gone (${why.detail}); mastership is kept for ${hold / 1000} s`,
    });
  };

  const obey = (message: ToVrrp): void => {
    switch (message.type) {
      case 'configure':
        configure(message);
        return;
      case 'anycast': {
        const { type: _, stateDirectory, ...orders } = message;
        anycastHolder.follow(orders, join(stateDirectory, 'anycast.json'));
        return;
      }
      case 'track': {
        const { type: _, item, ...state } = message;
        routers?.track(new Map([[item, state]]));
        return;
      }
      case 'reannounce':
        routers?.reannounce(message.router);
        return;
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
    { isDroppable, greeting: greetingOfBuild(build), decode: decodeToVrrp, onArrival: turns.begin },
  );
  controller.use(channel);
  orphaned = setTimeout(leave, firstHold);
  watchRouting(
    () => routers?.routingChanged(),
    (addresses) => routers?.examine(addresses),
  );
  let tick = 0;
  setInterval(() => {
    if (routers === undefined) return;
    turns.begin();
    routers.rehearse();
    routers.examine();
    anycastHolder.retry();
    anycastHolder.tell();
    tick += 1;
    if (isStatusDue(tick, count)) send({ type: 'status', routers: routers.status() });
    send({ type: 'interfaces', interfaces: routers.strays(), longestTurn: turns.longest() });
    send({ type: 'bfd', sessions: watches.bfdStatus() });
  }, statusEvery);
  process.on('SIGTERM', leave);
};

const [path, build = ''] = process.argv.slice(2);
if (path === undefined) throw new Error('usage: process.js SOCKET [BUILD]');
await run(path, build);
