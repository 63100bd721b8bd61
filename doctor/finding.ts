// The doctor's findings: severity, meaning, and remedy.

import { harmlessText } from '../base/harmless-text.ts';

/** Every kind of finding, for programs; a test provokes each, and sees it go. */
export const findingCodes = [
  'capability-missing',
  'real-time-forbidden',
  'interface-missing',
  'interface-down',
  'interface-taken',
  'address-unanswered',
  'arp-filtered',
  'distant-dropped',
  'no-source-address',
  'ipv6-disabled',
  'no-link-local-address',
  'bridge-snoops',
  'arp-flux',
  'address-outside',
  'own-address-behind',
  'virtual-mac-taken',
  'virtual-mac-outside',
  'not-forwarding',
  'settings-otherwise',
  'settings-locked',
  'ipvs-not-loaded',
  'ipvs-missing',
  'scheduler-missing',
  'firewall',
  'multicast-unready',
  'foreign-router',
  'other-version',
  'other-interval',
  'other-checksum',
  'second-master',
  'two-masters',
  'no-advertisement',
  'doctor-unheard',
  'server-silent',
  'no-return-route',
  'timers-late',
  'engine-silent',
  'session-missing',
  'session-down',
  'hold-long',
  'route-not-exported',
  'route-unequal',
  'peer-unreachable',
  'peer-differs',
  'split-brain',
] as const;

export type FindingCode = (typeof findingCodes)[number];

export type Finding = {
  readonly code: FindingCode;
  /** An error prevents regent's work, a warning will some day; a hint is for information. */
  readonly severity: 'error' | 'warning' | 'hint';
  /** The subject: an interface, a router, a service, this host. */
  readonly about: string;
  readonly message: string;
  /** A shell command for this host, or for the host in `on`. */
  readonly mend?: string;
  readonly on?: string;
  /** A line for the configuration of `about`, if that is the remedy. */
  readonly change?: string;
};

const order = ['error', 'warning', 'hint'] as const;

/** Worst first, otherwise in the given order. */
export const sortFindings = (findings: readonly Finding[]): Finding[] =>
  [...findings].sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));

const remedies = ({ mend, on, change }: Finding): string[] => [
  ...(mend === undefined ? [] : [`mend${on === undefined ? '' : ` on ${on}`}: ${mend}`]),
  ...(change === undefined ? [] : [`write there: ${change}`]),
];

export const renderFindings = (findings: readonly Finding[]): string =>
  findings.length === 0
    ? 'nothing is wrong as far as this host can see\n'
    : sortFindings(findings)
        .flatMap((finding, index, sorted) => {
          const { severity, about, message } = finding;
          // One command may fix several findings: it is printed with the first.
          const earlier = new Set(
            sorted.slice(0, index).flatMap((one) => (one.mend === undefined ? [] : remedies(one))),
          );
          const own = remedies(finding).filter((one) => !earlier.has(one));
          return [`${severity.padEnd(7)}  ${about}: ${message}`, ...own.map((one) => `         ${one}`)];
        })
        // Interfaces may have any name.
        .map((line) => `${harmlessText(line, 2000)}\n`)
        .join('');
