// A machine: its clocks, kernel and links, and whether its processes may run. What happens while they may not waits for them.

import type { Instant, Milliseconds } from '../../base/units.ts';
import { milliseconds } from '../../base/units.ts';
import { createMachineClock, type MachineClock } from './clock.ts';
import { createDisk, type MachineDisk } from './disk.ts';
import { createKernel, type Kernel } from './kernel.ts';
import type { Random } from './random.ts';
import type { LinkSetting } from './settings.ts';
import type { Time } from './time.ts';
import type { Packet, Station, Wire } from './wire.ts';

export type Machine = Changeable & {
  readonly name: string;
  readonly index: number;
  readonly station: Station;
  readonly clock: MachineClock;
  readonly kernel: Kernel;
  readonly disk: MachineDisk;
  readonly links: readonly LinkSetting[];
  /** Runs a turn of the process, now or as soon as it may run. @param isTimer is before packets that wait */
  readonly turn: (task: () => void, isTimer: boolean) => void;
  /** A timer of the process, by its monotonic clock. */
  readonly at: (instant: Instant, call: (stood: Milliseconds) => void) => () => void;
  /** Does something at the end of the turn. */
  readonly soon: (task: () => void) => void;
  /** Keeps the process busy. */
  readonly spend: (time: number) => void;
  readonly spent: () => number;
  /** Stops the process, or all of the machine with its clock; call the result to let it go on. */
  readonly stop: () => () => void;
  readonly pause: () => () => void;
  readonly isStopped: () => boolean;
  /** Forgets all that waits for the process: it has died. */
  readonly forget: () => void;
  readonly unplug: (link: number) => () => void;
  readonly isUp: (link: number) => boolean;
};

type Changeable = {
  isOn: boolean;
  /** Counts its boots. */
  boot: number;
  /** What the process does with what it hears; undefined while it has no socket. */
  ears:
    | {
        readonly packet: (link: number, packet: Packet) => void;
        readonly claim: Station['hearClaim'];
        readonly bfd?: Station['hearBfd'];
      }
    | undefined;
  /** How long the kernel takes for a call, in milliseconds. */
  slowness: number;
};

type MachineOptions = {
  readonly name: string;
  readonly index: number;
  readonly time: Time;
  readonly random: Random;
  readonly wire: Wire;
  readonly links: readonly LinkSetting[];
  readonly onKernelChange: () => void;
  readonly onExpiry: (address: string) => void;
  readonly onTurn: () => void;
};

/** Packets that wait in a socket for a process that does not read. */
const socketBuffer = 64;

export const createMachine = (options: MachineOptions): Machine => {
  const { name, index, time, random, wire, links } = options;
  const clock = createMachineClock(time, 1 + random.between(-0.001, 0.001), random.between(1000, 1_000_000));
  const kernel = createKernel({
    time,
    clock,
    random,
    onChange: options.onKernelChange,
    onExpiry: options.onExpiry,
  });
  const unplugged = links.map(() => 0);
  let timers: (() => void)[] = [];
  let packets: (() => void)[] = [];
  let later: (() => void)[] = [];
  let stops = 0;
  let spent = 0;
  let busyUntil = 0;
  let life = 0;

  const own: Changeable = { isOn: true, boot: 1, ears: undefined, slowness: 0 };

  const isUp = (link: number): boolean => own.isOn && unplugged[link] === 0;

  const isStopped = (): boolean => stops > 0 || clock.isPaused();

  const run = (task: () => void): void => {
    spent = 0;
    task();
    while (later.length > 0) {
      const tasks = later;
      later = [];
      for (const one of tasks) one();
    }
    busyUntil = time.now() + spent;
    spent = 0;
    options.onTurn();
  };

  const turn: Machine['turn'] = (task, isTimer) => {
    if (isStopped()) {
      if (isTimer) timers.push(task);
      else if (packets.length < socketBuffer) packets.push(task);
      return;
    }
    if (busyUntil <= time.now()) return run(task);
    const mine = life;
    time.at(busyUntil, () => {
      if (mine === life) turn(task, isTimer);
    });
  };

  const goOn = (): void => {
    if (isStopped()) return;
    const waiting = [...timers, ...packets];
    timers = [];
    packets = [];
    for (const task of waiting) turn(task, true);
  };

  const linkAt = (link: number): LinkSetting => links[link] ?? (links[0] as LinkSetting);

  const station: Station = {
    name,
    addresses: links.map(({ addressOf }) => addressOf(index)),
    macs: links.map(({ macOf }) => macOf(index)),
    hasLink: isUp,
    hear: (link, packet) => {
      if (own.ears !== undefined) turn(() => own.ears?.packet(link, packet), false);
    },
    hearClaim: (link, address, mac) => {
      if (own.ears !== undefined) turn(() => own.ears?.claim(link, address, mac), false);
    },
    hearBfd: (source, payload) => {
      if (own.ears?.bfd !== undefined) turn(() => own.ears?.bfd?.(source, payload), false);
    },
    macFor: (link) => {
      const { macvlan, macOf } = linkAt(link);
      return kernel.macvlans.list().some(({ name: one }) => one === macvlan.name) ? macvlan.mac : macOf(index);
    },
    answersFor: (link, address) => isUp(link) && !clock.isPaused() && kernel.holds(address),
  };

  wire.join(station);
  const machine: Omit<Machine, keyof Changeable> = {
    name,
    index,
    station,
    clock,
    kernel,
    disk: createDisk(),
    links,
    turn,
    at: (instant, call) => {
      let cancel = (): void => undefined;
      let isCancelled = false;
      const arm = (): void => {
        const lateness = random.next() * 0.4;
        cancel = time.at(clock.worldTimeOf(instant) + lateness, () => {
          turn(() => {
            if (isCancelled) return;
            const stood = clock.now() - instant;
            // The machine was paused meanwhile, and its clock with it.
            if (stood < 0) return arm();
            isCancelled = true;
            call(milliseconds(stood));
          }, true);
        });
      };
      arm();
      return () => {
        isCancelled = true;
        cancel();
      };
    },
    soon: (task) => void later.push(task),
    spend: (span) => {
      spent += span;
    },
    spent: () => spent,
    stop: () => {
      const mine = life;
      stops += 1;
      return () => {
        if (mine !== life) return;
        stops -= 1;
        goOn();
      };
    },
    pause: () => {
      clock.pause();
      return () => {
        clock.resume();
        kernel.resume();
        goOn();
      };
    },
    isStopped,
    forget: () => {
      life += 1;
      timers = [];
      packets = [];
      later = [];
      stops = 0;
      busyUntil = 0;
      own.ears = undefined;
    },
    unplug: (link) => {
      unplugged[link] = (unplugged[link] ?? 0) + 1;
      return () => {
        unplugged[link] = (unplugged[link] ?? 1) - 1;
      };
    },
    isUp,
  };
  return Object.assign(own, machine);
};
