// The healthcheck process: `node process.js SOCKET [BUILD [ORPHAN-MS]]` probes its controller's targets, and ends without one.
// The build is what it says of itself to the controller; status also reads it from the command line.
// An uncaught error fails the probe it came from (defects.ts); before the process listens, it exits with status 1.

import '../base/ignored-signals.ts';
import { watchTurns } from '../base/longest-turn.ts';
import { createGroupStarter } from '../base/process-group.ts';
import { unreachable } from '../base/unreachable.ts';
import { type Channel, greetingOfBuild } from '../channel/channel.ts';
import { listenChannel } from '../channel/listen.ts';
import { openHalfOpenDialer } from '../kernel/sockets/half-open-dialer.ts';
import { openIcmpSocket } from '../kernel/sockets/icmp-socket.ts';
import { openTcpDialer } from '../kernel/sockets/tcp-dialer.ts';
import { isPrivileged } from '../kernel/system/capabilities.ts';
import { readDescriptorLimit } from '../kernel/system/descriptor-limit.ts';
import { createDefects } from './defects.ts';
import { decodeToHealthcheck, type FromHealthcheck, type ToHealthcheck } from './messages.ts';
import { createProbe } from './probe.ts';
import { budgetOf, costOf, createProbeLimit } from './probe-limit.ts';
import { createProber } from './prober.ts';
import { shareChecks } from './shared-checks.ts';
import { createWheel } from './wheel.ts';

/** Milliseconds to wait for a controller: a restarted one finds the current verdicts. */
const defaultOrphanAfter = 10_000;

const run = async (path: string, build: string, orphanAfter: number): Promise<void> => {
  let orphaned: NodeJS.Timeout | undefined;
  let channel: Channel<FromHealthcheck> | undefined;
  const send = (message: FromHealthcheck): void => void channel?.send(message);

  const turns = watchTurns();
  const { slots, kept, idle } = budgetOf(readDescriptorLimit());
  const probe = createProbe({
    clock: turns.clock,
    openEchoSocket: openIcmpSocket,
    dialer: openTcpDialer({ mostIdle: idle }),
    openHalfOpen: openHalfOpenDialer,
    mostKept: kept,
    startGroup: createGroupStarter(),
    scriptRefusal: isPrivileged() ? 'this process could not give up the privileges of the director' : undefined,
  });

  const defects = createDefects({
    clock: turns.clock,
    arm: (action, delay) => void setTimeout(action, delay).unref(),
    report: send,
  });

  const prober = createProber({
    probe: createProbeLimit({ slots, cost: costOf, probe: defects.contain(probe), defer: setImmediate }),
    clock: turns.clock,
    wheel: createWheel(turns.clock, (action, delay) => {
      const timer = setTimeout(action, delay);
      return () => clearTimeout(timer);
    }),
    longestTurn: turns.longest,
    send,
  });

  const end = (): void => {
    prober.stop();
    channel?.close();
    process.exit(0);
  };

  const awaitController = (): void => {
    clearTimeout(orphaned);
    orphaned = setTimeout(() => {
      process.stderr.write(`healthcheck: no controller for ${orphanAfter} ms\n`);
      end();
    }, orphanAfter);
  };

  const obey = (message: ToHealthcheck): void => {
    switch (message.type) {
      case 'configure':
        prober.configure(shareChecks(message.targets));
        break;
      case 'change':
        prober.change(shareChecks(message.added), message.removed);
        break;
      case 'stop':
        end();
        break;
      default:
        unreachable(message);
    }
  };

  channel = await listenChannel<ToHealthcheck, FromHealthcheck>(
    path,
    {
      onConnect: () => clearTimeout(orphaned),
      onMessage: obey,
      onRefusal: (text) => void process.stderr.write(`healthcheck: ${text}\n`),
      onDisconnect: awaitController,
    },
    {
      isDroppable: (message) => message.type === 'probes',
      greeting: greetingOfBuild(build),
      decode: decodeToHealthcheck,
      onArrival: turns.begin,
    },
  );
  process.on('SIGTERM', end);
  process.on('uncaughtException', defects.take);
  process.on('unhandledRejection', defects.take);
  awaitController();
};

const [path, build = '', orphanAfter] = process.argv.slice(2);
if (path === undefined) throw new Error('Usage: process.js SOCKET [BUILD [ORPHAN-MS]]');
await run(path, build, orphanAfter === undefined ? defaultOrphanAfter : Number(orphanAfter));
