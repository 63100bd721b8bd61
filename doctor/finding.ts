// What the doctor has found: how bad it is, what it means, and what mends it.

export type Finding = {
  /** An error keeps regent from its work, a warning will one day; a hint is for whoever wonders. */
  readonly severity: 'error' | 'warning' | 'hint';
  /** What was looked at: an interface, a router, a service, this host. */
  readonly about: string;
  readonly message: string;
  /** A command for a shell of this host, or of the one that `on` names. */
  readonly mend?: string;
  readonly on?: string;
};

const order = ['error', 'warning', 'hint'] as const;

/** The worst first, otherwise in the order given. */
export const sortFindings = (findings: readonly Finding[]): Finding[] =>
  [...findings].sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));

export const renderFindings = (findings: readonly Finding[]): string =>
  findings.length === 0
    ? 'nothing is wrong that can be seen from here\n'
    : sortFindings(findings)
        .map(({ severity, about, message, mend, on }) => {
          const place = on === undefined ? '' : ` on ${on}`;
          return `${severity.padEnd(7)}  ${about}: ${message}\n${mend === undefined ? '' : `         mend${place}: ${mend}\n`}`;
        })
        .join('');
