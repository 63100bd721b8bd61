// Runs a scenario in a world of its own: the same text and seed give the same transcript.

import { messageOf } from '../../base/error.ts';
import { createDirector } from './director.ts';
import { begin, type Host, isGentle, type World } from './faults.ts';
import { createInvariants } from './invariants.ts';
import { createPeer } from './keepalived.ts';
import { createMachine } from './machine.ts';
import { createRandom } from './random.ts';
import { type DirectorSetting, faultText, type Scenario } from './scenario.ts';
import type { Seen } from './seen.ts';
import { configOf, linksOf, type Variant } from './settings.ts';
import { createTime } from './time.ts';
import { createWire } from './wire.ts';

export type Outcome = {
  /** The rule that was broken. */
  readonly failure: string | undefined;
  /** What happened, a line each; empty unless it is told. */
  readonly lines: readonly string[];
  readonly steps: number;
  /** Changes of the routers' states. */
  readonly changes: number;
};

/** A failed run goes on for this long, so that the transcript shows what followed. */
const epilogue = 2000;

export const run = (scenario: Scenario, isTold: boolean): Outcome => {
  const { setting, faults, seed, end } = scenario;
  const time = createTime();
  const random = createRandom(seed);
  const wire = createWire(time, random);
  const lines: string[] = [];
  const tell = (line: string): void => {
    if (isTold) lines.push(`${(time.now() / 1000).toFixed(3).padStart(10)}  ${line}`);
  };
  const invariants = createInvariants(setting, time, tell);
  const hosts = new Map<string, Host>();
  const world: World = { setting, time, wire, hosts, invariants };

  const addHost = (own: DirectorSetting, index: number): Seen => {
    const machine = createMachine({
      name: own.name,
      index,
      time,
      random,
      wire,
      links: linksOf(setting),
      onKernelChange: () => invariants.kernelChanged(),
      onExpiry: (address) => {
        invariants.expired(machine, address);
        time.at(time.now() + 0.3, () => hosts.get(own.name)?.regent?.networkChanged());
      },
      onTurn: () => invariants.turned(machine),
    });
    const ordinary: Variant = { priority: own.priority, hasMore: false, preempt: setting.preempt };
    let variant = ordinary;
    const regent =
      own.keepalived === undefined
        ? createDirector({
            machine,
            config: configOf(setting, own, index, variant),
            time,
            wire,
            observer: invariants,
            random: random.next,
          })
        : undefined;
    const director = regent ?? createPeer({ machine, setting, own, wire, observer: invariants });
    const host: Host = {
      director,
      regent,
      reload: (change) => {
        variant = { ...ordinary, ...change };
        regent?.configure(configOf(setting, own, index, variant));
      },
      checks: new Map([
        ['lesser', true],
        ['broken', true],
      ]),
      isHeldBack: false,
      restraints: { await: 0, yield: 0 },
      ailments: new Map(),
    };
    hosts.set(own.name, host);
    for (const script of host.checks.keys()) regent?.track(script, true);
    director.start();
    const priorityOf = (): number =>
      host.checks.get('lesser') === true ? variant.priority : Math.max(1, variant.priority - 60);
    return {
      machine,
      regent,
      maySucceed: () => host.restraints.await === 0,
      isAlive: director.isAlive,
      isHealthy: () =>
        machine.isOn &&
        !machine.isStopped() &&
        director.isAlive() &&
        [...host.ailments.values()].every((count) => count === 0) &&
        host.checks.get('broken') === true &&
        regent?.isAside() !== true,
      priority: priorityOf,
      rank: () => (host.isHeldBack || !variant.preempt ? undefined : priorityOf()),
    };
  };
  invariants.watch(setting.directors.map(addHost));

  for (const fault of faults) {
    time.at(fault.at, () => {
      const host = hosts.get(fault.hosts[0] ?? '');
      tell(`--- ${faultText(fault)}`);
      invariants.disturb(isGentle(fault, host));
      const undo = begin(fault, world);
      invariants.look();
      time.at(fault.at + fault.span, () => {
        tell(`--- end of: ${faultText(fault)}`);
        invariants.disturb(isGentle(fault, host));
        undo();
        invariants.look();
      });
    });
  }

  /** Time passes in stretches, so that what goes on for ever in one of them is noticed. */
  const pace = Math.max(1000, setting.interval * 20);
  for (let now = 0; now < end; now = Math.min(end, now + pace)) {
    try {
      time.runUntil(Math.min(end, now + pace));
    } catch (error) {
      // A defect of a director ends its process, whatever the world is like.
      invariants.fail(messageOf(error));
    }
    if (invariants.failure() !== undefined) break;
  }
  invariants.disturb(false);
  if (invariants.failure() !== undefined && isTold) time.runUntil(time.now() + Math.min(epilogue, setting.interval));
  return { failure: invariants.failure(), lines, steps: time.steps(), changes: invariants.changes() };
};
