// What each fault of a scenario does to the world, and how it ends.

import { unreachable } from '../../base/unreachable.ts';
import type { Restraint } from '../../vrrp/election/parameters.ts';
import type { Director } from './director.ts';
import type { Invariants } from './invariants.ts';
import type { Peer } from './keepalived.ts';
import type { Fault, FaultKind, Setting } from './scenario.ts';
import type { Variant } from './settings.ts';
import type { Time } from './time.ts';
import type { Wire } from './wire.ts';

export type Host = {
  readonly director: Director | Peer;
  /** The same, unless it is a peer like keepalived. */
  readonly regent: Director | undefined;
  /** Loads a configuration that is changed so, and no more. */
  readonly reload: (change: Partial<Variant>) => void;
  readonly checks: Map<string, boolean>;
  isHeldBack: boolean;
  /** How many of each restrain it. */
  readonly restraints: Record<Restraint['kind'], number>;
  /** Faults that keep it from being master, by kind. */
  readonly ailments: Map<FaultKind, number>;
};

export type World = {
  readonly setting: Setting;
  readonly time: Time;
  readonly wire: Wire;
  readonly hosts: ReadonlyMap<string, Host>;
  readonly invariants: Invariants;
};

/** Faults that cost no moment without a holder where all is well before. */
const gentle: ReadonlySet<FaultKind> = new Set([
  'duplicate',
  'reflect',
  'reload',
  'reprioritize',
  'switch preemption',
  'hand over',
  'hold back',
  'await',
  'fill disk',
  'fail check',
  'step clock',
  'upgrade',
  'stop',
]);

export const isGentle = ({ kind, amount }: Fault, host: Host | undefined): boolean =>
  gentle.has(kind) &&
  // By a day: signatures are too old.
  !(kind === 'step clock' && Math.abs(amount) > 1) &&
  (host === undefined || host.regent !== undefined || kind !== 'stop');

const nothing = (): void => undefined;
const day = 86_400_000;

/** @returns what ends it */
export const begin = (fault: Fault, world: World): (() => void) => {
  const { setting, wire, time, hosts, invariants } = world;
  const { isSigned } = setting;
  const { kind, amount } = fault;
  const [first = '', second = ''] = fault.hosts;
  const host = hosts.get(first);
  const director = host?.director;
  const machine = director?.machine;
  const regent = host?.regent;

  /** It is in no state to be master. */
  const ail = (end: () => void): (() => void) => {
    host?.ailments.set(kind, (host.ailments.get(kind) ?? 0) + 1);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      host?.ailments.set(kind, (host.ailments.get(kind) ?? 1) - 1);
      end();
    };
  };
  const breakWire = (end: () => void): (() => void) => {
    invariants.breakWire(1);
    return () => {
      invariants.breakWire(-1);
      end();
    };
  };
  const change = (key: keyof typeof wire.faults, by: number): (() => void) => {
    wire.faults[key] += by;
    return () => {
      wire.faults[key] -= by;
      if (Math.abs(wire.faults[key]) < 1e-9) wire.faults[key] = 0;
    };
  };
  const networkChanged = (): void => void time.at(time.now() + 0.3, () => regent?.networkChanged());

  switch (kind) {
    case 'power off': {
      if (director === undefined || machine?.isOn !== true) return nothing;
      if (regent !== undefined) regent.killAll();
      else director.kill();
      machine.isOn = false;
      machine.kernel.reset();
      invariants.lost(machine);
      return () => {
        machine.isOn = true;
        machine.boot += 1;
        regent?.setController(true);
        director.start();
      };
    }
    case 'kill':
      regent?.kill();
      return nothing;
    case 'kill all':
      if (regent === undefined || machine?.isOn !== true) return nothing;
      regent.killAll();
      return () => {
        if (!machine.isOn) return;
        regent.setController(true);
        regent.start();
      };
    case 'freeze': {
      if (regent === undefined || machine === undefined || !regent.isAlive()) return nothing;
      const end = machine.stop();
      // Its controller kills a child that is silent for 3 s.
      const cancel = time.at(time.now() + 3000, () => {
        if (machine.isStopped()) regent.kill();
      });
      return () => {
        cancel();
        end();
      };
    }
    case 'freeze all':
      return regent === undefined || machine === undefined ? nothing : machine.stop();
    case 'pause':
      return machine === undefined || machine.clock.isPaused() ? nothing : machine.pause();
    case 'unplug': {
      if (machine === undefined) return nothing;
      const link = amount >= 0 && amount < machine.links.length ? amount : 0;
      const isBack = invariants.unplugged(machine, link);
      const plug = machine.unplug(link);
      networkChanged();
      return ail(() => {
        plug();
        networkChanged();
        isBack();
      });
    }
    case 'cut':
      return breakWire(wire.cut(first, second, amount > 0 ? amount - 1 : undefined));
    case 'isolate': {
      const others = [...hosts.keys()].filter((name) => name !== first);
      const ends = others.flatMap((name) => [wire.cut(first, name), wire.cut(name, first)]);
      return breakWire(() => {
        for (const end of ends) end();
      });
    }
    case 'lose':
      return breakWire(change('loss', amount / 100));
    case 'delay':
      return breakWire(change('delay', amount));
    case 'duplicate':
      return change('duplication', amount / 100);
    case 'drop multicast':
      return breakWire(change('dropsMulticast', 1));
    case 'reflect':
      return change('reflects', 1);
    case 'refuse':
      if (regent === undefined || machine === undefined || machine.kernel.isRefusing) return nothing;
      machine.kernel.isRefusing = true;
      return ail(() => {
        machine.kernel.isRefusing = false;
      });
    case 'slow kernel':
      if (regent === undefined || machine === undefined) return nothing;
      machine.slowness += amount;
      return ail(() => {
        machine.slowness -= amount;
      });
    case 'delete addresses':
      if (regent === undefined) return nothing;
      machine?.kernel.clear();
      networkChanged();
      return nothing;
    case 'reload':
      host?.reload({ hasMore: true });
      return () => host?.reload({ hasMore: false });
    case 'reprioritize':
      host?.reload({ priority: amount });
      return () => host?.reload({});
    case 'switch preemption':
      host?.reload({ preempt: !setting.preempt });
      return () => host?.reload({});
    case 'hand over':
      regent?.standAside(true);
      return () => regent?.standAside(false);
    case 'hold back':
      if (host === undefined || regent === undefined) return nothing;
      host.isHeldBack = true;
      regent.holdBack('it waits for first verdicts');
      return () => {
        host.isHeldBack = false;
        regent.holdBack(undefined);
      };
    case 'await':
    case 'yield': {
      if (host === undefined || regent === undefined) return nothing;
      const { restraints } = host;
      const change = (by: number): void => {
        restraints[kind] += by;
        regent.restrain(restraints.yield > 0 ? 'yield' : restraints.await > 0 ? 'await' : undefined);
      };
      change(1);
      return kind === 'yield' ? ail(() => change(-1)) : () => change(-1);
    }
    case 'fill disk':
      if (machine === undefined) return nothing;
      machine.disk.refusals += 1;
      return () => {
        machine.disk.refusals -= 1;
      };
    case 'fail check':
    case 'break check': {
      const script = kind === 'fail check' ? 'lesser' : 'broken';
      host?.checks.set(script, false);
      regent?.track(script, false);
      return () => {
        host?.checks.set(script, true);
        regent?.track(script, true);
      };
    }
    case 'step clock': {
      if (!isSigned) machine?.clock.stepWall(day * Math.sign(amount));
      if (machine === undefined || !isSigned) return nothing;
      // Signatures are accepted within three intervals; several steps may add up.
      const isSlight = Math.abs(amount) === 1;
      const by = isSlight ? (3 * setting.interval * amount) / 8 : day * Math.sign(amount);
      machine.clock.stepWall(by);
      const back = (): void => machine.clock.stepWall(-by);
      return isSlight ? back : breakWire(back);
    }
    case 'upgrade':
      regent?.replace();
      return nothing;
    case 'stop controller': {
      if (regent === undefined || machine === undefined || !regent.isAlive()) return nothing;
      regent.setController(false);
      const cancel = time.at(time.now() + 10_000, () => {
        invariants.happened();
        regent.leave();
      });
      return () => {
        cancel();
        if (!machine.isOn) return;
        regent.setController(true);
        regent.start();
      };
    }
    case 'stop':
      if (director === undefined) return nothing;
      director.leave();
      return () => director.start();
    default:
      return unreachable(kind);
  }
};
