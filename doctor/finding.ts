// What the doctor has found: how bad it is, what it means, and what mends it.

/** Every kind of finding, as programs may know it; a test provokes each, and sees it go. */
export const findingCodes = [
  'capability-missing',
  'real-time-forbidden',
  'interface-missing',
  'interface-down',
  'no-source-address',
  'ipv6-disabled',
  'no-link-local-address',
  'bridge-snoops',
  'arp-flux',
  'address-outside',
  'own-address-behind',
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
] as const;

export type FindingCode = (typeof findingCodes)[number];

export type Finding = {
  readonly code: FindingCode;
  /** An error keeps regent from its work, a warning will one day; a hint is for whoever wonders. */
  readonly severity: 'error' | 'warning' | 'hint';
  /** What was looked at: an interface, a router, a service, this host. */
  readonly about: string;
  readonly message: string;
  /** A command for a shell of this host, or of the one that `on` names. */
  readonly mend?: string;
  readonly on?: string;
  /** A line for the configuration of what `about` names, where that is what mends it. */
  readonly change?: string;
};

const order = ['error', 'warning', 'hint'] as const;

/** The worst first, otherwise in the order given. */
export const sortFindings = (findings: readonly Finding[]): Finding[] =>
  [...findings].sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));

const remedies = ({ mend, on, change }: Finding): string[] => [
  ...(mend === undefined ? [] : [`mend${on === undefined ? '' : ` on ${on}`}: ${mend}`]),
  ...(change === undefined ? [] : [`write there: ${change}`]),
];

export const renderFindings = (findings: readonly Finding[]): string =>
  findings.length === 0
    ? 'nothing is wrong that can be seen from here\n'
    : sortFindings(findings)
        .flatMap((finding, index, sorted) => {
          const { severity, about, message } = finding;
          // One command may mend several: it is printed with the first.
          const earlier = new Set(
            sorted.slice(0, index).flatMap((one) => (one.mend === undefined ? [] : remedies(one))),
          );
          const own = remedies(finding).filter((one) => !earlier.has(one));
          return [`${severity.padEnd(7)}  ${about}: ${message}`, ...own.map((one) => `         ${one}`)];
        })
        .map((line) => `${line}\n`)
        .join('');
