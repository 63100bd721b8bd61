// Draws a scenario from a seed: directors, their configuration, and faults that come in storms with calm between them.

import { createRandom, type Random } from './random.ts';
import {
  type DirectorSetting,
  type Fault,
  type FaultKind,
  faultKinds,
  type Scenario,
  type Setting,
} from './scenario.ts';

const hour = 3_600_000;

/** How often a fault comes, where 1 is ordinary. */
const rates: Partial<Record<FaultKind, number>> = {
  'power off': 2,
  freeze: 2,
  pause: 2,
  'hand over': 2,
  lose: 2,
  unplug: 3,
  cut: 2,
};
const common: readonly FaultKind[] = faultKinds.flatMap((kind) => Array<FaultKind>(rates[kind] ?? 1).fill(kind));

/** Whole milliseconds, so that the text of a scenario says the same. */
const whole = (value: number): number => Math.round(value);

const drawInterval = (random: Random, version: 2 | 3): number => {
  // Long intervals: time costs nothing, and advertisements cost all.
  if (version === 2) return 1000 * whole(random.between(20, 60));
  return random.chance(0.1) ? 10 * whole(random.between(20, 200)) : 10 * whole(random.between(1500, 4095));
};

const drawSetting = (random: Random): Setting => {
  const count = random.pick([2, 2, 2, 3, 3, 4, 5]);
  const version = random.chance(0.15) ? 2 : 3;
  const hasKeepalived = random.chance(0.25);
  const keepalived = random.pick(['rfc5798', 'rfc9568'] as const);
  const priorities = random.chance(0.2) ? [] : [150, 100, 200, 100, 50];
  const interval = drawInterval(random, version);
  // Version 3 learns the master's interval (RFC 9568 6.4.2).
  const shorter = version === 3 && random.chance(0.2) ? { interval: 10 * whole(interval / 20) } : {};
  const preempt = random.chance(0.8);
  const directors = Array.from({ length: count }, (_, index): DirectorSetting => {
    const own = { name: `lb${index}`, priority: priorities[index] ?? 100, ...(index === 1 && shorter) };
    return hasKeepalived && index === count - 1 ? { ...own, keepalived } : own;
  });
  const isGroup = !hasKeepalived && random.chance(0.3);
  const family = version === 3 && random.chance(0.25) ? 'ipv6' : 'ipv4';
  return {
    directors,
    interval,
    version,
    preempt,
    isGroup,
    lease: random.pick(['auto', 'auto', 'until_successor', 'off'] as const),
    unicast: random.chance(0.2),
    family,
    preemptDelay: preempt && random.chance(0.2) ? whole(random.between(0.5, 6) * interval) : 0,
    hasRoutes: random.chance(0.3),
    hasVirtualMac: !hasKeepalived && random.chance(0.2),
    isSigned: version === 3 && !hasKeepalived && random.chance(0.2),
    hasBfd: !hasKeepalived && !isGroup && family === 'ipv4' && random.chance(0.2),
  };
};

/** Without leases a kernel answers for a dead master until somebody removes the address: that is no promise. */
const needsLease: ReadonlySet<FaultKind> = new Set(['kill all', 'freeze', 'freeze all', 'stop controller', 'kill']);

const drawFault = (random: Random, setting: Setting, at: number): Fault => {
  const { directors, interval, lease, unicast, isGroup } = setting;
  const possible = common.filter(
    (kind) => !(lease === 'off' && needsLease.has(kind)) && !(unicast && kind === 'drop multicast'),
  );
  const kind = random.pick(possible);
  const regents = directors.filter(({ keepalived }) => keepalived === undefined).map(({ name }) => name);
  const names = directors.map(({ name }) => name);
  const first = random.pick(kind === 'cut' || kind === 'isolate' || kind === 'power off' ? names : regents);
  const second = random.pick(names.filter((name) => name !== first));
  // For a moment, or about as long as a peer waits: then the master must listen.
  const unplugged = random.chance(0.5) ? random.between(0.001, 0.9) : random.between(1.5, 6);
  const lasting = kind === 'unplug' && random.chance(0.7) ? unplugged * interval : undefined;
  const span = whole(
    lasting ?? (random.chance(0.5) ? random.between(0.1, 3) * interval : random.between(3, 20) * interval),
  );
  const isOfWire = ['lose', 'delay', 'duplicate', 'drop multicast', 'reflect'].includes(kind);
  const amounts: Partial<Record<FaultKind, number>> = {
    lose: whole(random.between(5, 90)),
    delay: Math.max(1, whole(random.between(0.01, 0.4) * interval)),
    duplicate: whole(random.between(5, 100)),
    unplug: isGroup && random.chance(0.5) ? 1 : 0,
    'slow kernel': whole(random.between(5, 300)),
    reprioritize: random.pick([1, 90, 120, 180, 254]),
    // Signed: within what the clocks may differ, or by a day.
    'step clock': random.pick(setting.isSigned ? [-1, 1, -2, 2] : [-1, 1]),
  };
  const hosts = isOfWire ? [] : kind === 'cut' ? [first, second] : [first];
  return { at, span, kind, hosts, amount: amounts[kind] ?? 0 };
};

/** A director comes back, waits for its first verdicts, and is changed meanwhile. */
const drawReturn = (random: Random, setting: Setting, at: number): readonly Fault[] => {
  const { directors, interval, lease } = setting;
  const { name } = random.pick(directors.filter(({ keepalived }) => keepalived === undefined));
  const away = whole(random.between(1, 10) * interval);
  const waits = whole(random.between(5, 20) * interval);
  const change = at + away + whole(random.between(0.1, 1) * waits);
  const faultOf = (kind: FaultKind, from: number, span: number, amount = 0): Fault => {
    return { at: from, span, kind, hosts: [name], amount };
  };
  const leaves = random.pick(['power off', 'stop', ...(lease === 'off' ? [] : (['kill all'] as const))] as const);
  const changes = random.pick(['reload', 'reprioritize', 'upgrade'] as const);
  return [
    faultOf(leaves, at, away),
    faultOf('hold back', at + whole(away / 2), whole(away / 2) + waits),
    faultOf(changes, change, whole(random.between(0.1, 10) * interval), changes === 'reprioritize' ? 180 : 0),
  ];
};

/** @param hours how long the world lasts, if its interval is a long one; a tenth of the worlds have a short one. */
export const drawScenario = (seed: number, hours: number): Scenario => {
  const random = createRandom(seed);
  const setting = drawSetting(random);
  const { interval } = setting;
  const end = whole(hours * hour * Math.min(1, interval / 20_000));
  const faults: Fault[] = [];
  for (let at = 10 * interval; ; ) {
    at += whole(random.chance(0.5) ? random.between(0.1, 6) * interval : random.between(25, 60) * interval + 20_000);
    if (at >= end) break;
    if (random.chance(0.1)) faults.push(...drawReturn(random, setting, at));
    else faults.push(drawFault(random, setting, at));
  }
  return { setting, faults, seed, end };
};
