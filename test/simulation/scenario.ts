// A scenario: which directors there are, and what happens to them when. As text it is what a person reads and writes.

import assert from 'node:assert/strict';
import { formatDuration, milliseconds, parseDuration } from '../../base/units.ts';
import type { Family } from '../../net/ip-address.ts';

export type DirectorSetting = {
  readonly name: string;
  readonly priority: number;
  /** A peer like keepalived, with its dialect of the checksum. */
  readonly keepalived?: 'rfc5798' | 'rfc9568';
  /** Milliseconds; absent for the interval of all. At most that one. */
  readonly interval?: number;
};

export type Setting = {
  readonly directors: readonly DirectorSetting[];
  /** Milliseconds. */
  readonly interval: number;
  readonly version: 2 | 3;
  readonly preempt: boolean;
  /** Two routers on two links, in a sync group. */
  readonly isGroup: boolean;
  readonly lease: 'auto' | 'until_successor' | 'off';
  readonly unicast: boolean;
  readonly family: Family;
  /** Milliseconds. */
  readonly preemptDelay: number;
  /** Routes and rules move with the addresses. */
  readonly hasRoutes: boolean;
  readonly hasVirtualMac: boolean;
  /** Advertisements carry a signature with the time of the sender's clock. */
  readonly isSigned: boolean;
  /** A BFD session with each of the others detects the loss of a master. */
  readonly hasBfd: boolean;
};

/** What happens to hosts by name, or to the wire. Each ends after its span. */
export const faultKinds = [
  'power off',
  'kill',
  'kill all',
  'freeze',
  'freeze all',
  'pause',
  'unplug',
  'cut',
  'isolate',
  'lose',
  'delay',
  'duplicate',
  'drop multicast',
  'reflect',
  'refuse',
  'slow kernel',
  'fill disk',
  'delete addresses',
  'reload',
  'reprioritize',
  'switch preemption',
  'hand over',
  'hold back',
  'await',
  'yield',
  'fail check',
  'break check',
  'step clock',
  'upgrade',
  'stop controller',
  'stop',
] as const;

export type FaultKind = (typeof faultKinds)[number];

export type Fault = {
  /** Milliseconds since the beginning, and how long it lasts. */
  readonly at: number;
  readonly span: number;
  readonly kind: FaultKind;
  /** Hosts: one, or for `cut` from the first to the second. */
  readonly hosts: readonly string[];
  /** Percent, milliseconds, a priority, or for `cut` the number of a link, where 0 is all. */
  readonly amount: number;
};

export type Scenario = {
  readonly setting: Setting;
  readonly faults: readonly Fault[];
  /** For what is random about the wire and the timers. */
  readonly seed: number;
  readonly end: number;
};

const span = (value: number): string => formatDuration(milliseconds(value)).replace(' ', '');

const directorText = ({ name, priority, keepalived, interval }: DirectorSetting): string =>
  [name, priority, keepalived ?? [], interval === undefined ? [] : span(interval)].flat().join(' ');

export const faultText = ({ kind, hosts, amount }: Fault): string =>
  [kind, ...hosts, ...(amount === 0 ? [] : [amount])].join(' ');

const vrrpText = (setting: Setting): string =>
  [
    `version ${setting.version}`,
    `interval ${span(setting.interval)}`,
    `lease ${setting.lease}`,
    setting.preempt ? [] : 'no preemption',
    setting.preemptDelay === 0 ? [] : `preempt delay ${span(setting.preemptDelay)}`,
    setting.isGroup ? 'sync group' : [],
    setting.unicast ? 'unicast' : [],
    setting.family === 'ipv6' ? 'IPv6' : [],
    setting.hasRoutes ? 'routes' : [],
    setting.hasVirtualMac ? 'virtual MAC' : [],
    setting.isSigned ? 'signed' : [],
    setting.hasBfd ? 'BFD' : [],
  ]
    .flat()
    .join(', ');

export const formatScenario = ({ setting, faults, seed, end }: Scenario): string =>
  [
    `directors: ${setting.directors.map(directorText).join(', ')}`,
    `vrrp: ${vrrpText(setting)}`,
    `seed: ${seed}`,
    ...faults.map((fault) => `at ${span(fault.at)} for ${span(fault.span)}: ${faultText(fault)}`),
    `end: ${span(end)}`,
    '',
  ].join('\n');

const durationOf = (text = ''): number => {
  const found = parseDuration(text);
  assert.ok(found !== undefined, `${text} is no duration`);
  return found;
};

const parseFault = (line: string): Fault => {
  const [, at, length, rest = ''] = /^at (\S+) for (\S+): (.*)$/.exec(line) ?? assert.fail(`what is: ${line}`);
  const kind = faultKinds.toSorted((one, other) => other.length - one.length).find((name) => rest.startsWith(name));
  assert.ok(kind !== undefined, `what is: ${rest}`);
  const words = rest.slice(kind.length).split(' ').filter(Boolean);
  const amount = words.find((word) => /^-?\d/.test(word));
  return {
    at: durationOf(at),
    span: durationOf(length),
    kind,
    hosts: words.filter((word) => word !== amount),
    amount: Number(amount ?? 0),
  };
};

const parseDirector = (text: string): DirectorSetting => {
  const [name = '', priority, ...more] = text.trim().split(' ');
  const keepalived = more.find((word) => word === 'rfc5798' || word === 'rfc9568');
  const interval = more.find((word) => /^\d/.test(word));
  return {
    name,
    priority: Number(priority),
    ...(keepalived !== undefined && { keepalived }),
    ...(interval !== undefined && { interval: durationOf(interval) }),
  };
};

/** Reads what {@link formatScenario} writes. */
export const parseScenario = (text: string): Scenario => {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const textOf = (key: string): string =>
    lines.find((line) => line.startsWith(`${key}: `))?.slice(key.length + 2) ?? assert.fail(`there is no ${key}`);
  const vrrp = textOf('vrrp').split(', ');
  const wordOf = (key: string): string =>
    vrrp.find((part) => part.startsWith(key))?.slice(key.length + 1) ?? assert.fail(`there is no ${key}`);
  return {
    setting: {
      directors: textOf('directors').split(',').map(parseDirector),
      interval: durationOf(wordOf('interval')),
      version: wordOf('version') === '2' ? 2 : 3,
      preempt: !vrrp.includes('no preemption'),
      isGroup: vrrp.includes('sync group'),
      lease: wordOf('lease') as Setting['lease'],
      unicast: vrrp.includes('unicast'),
      family: vrrp.includes('IPv6') ? 'ipv6' : 'ipv4',
      preemptDelay: durationOf(vrrp.find((part) => part.startsWith('preempt delay '))?.slice(14) ?? '0s'),
      hasRoutes: vrrp.includes('routes'),
      hasVirtualMac: vrrp.includes('virtual MAC'),
      isSigned: vrrp.includes('signed'),
      hasBfd: vrrp.includes('BFD'),
    },
    seed: Number(textOf('seed')),
    faults: lines.filter((line) => line.startsWith('at ')).map(parseFault),
    end: durationOf(textOf('end')),
  };
};
