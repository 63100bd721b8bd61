// `regent import --compare`: what keepalived understood beside the YAML.

import { parseConfig } from '../../config/source/load.ts';
import { blockOf, type Statement } from '../statement.ts';
import { bfdFacts, readBfdFacts } from './bfd.ts';
import { compareFacts, formatDifference } from './compare.ts';
import { readDump } from './dump.ts';
import type { Facts } from './facts.ts';
import { footprintOf } from './footprint.ts';
import { readRouterFacts } from './keepalived-routers.ts';
import { readServiceFacts } from './keepalived-services.ts';
import { routerFacts } from './regent-routers.ts';
import { serviceFacts } from './regent-services.ts';
import { dumpKeepalived, hasKeepalived } from './sandbox.ts';

export type Comparison = {
  readonly lines: readonly string[];
  /** Whether anything differs. */
  readonly differs: boolean;
  /** Whether a comparison was possible. */
  readonly isDone: boolean;
};

const has = (roots: readonly Statement[], pattern: RegExp): boolean =>
  roots.some(({ keyword }) => pattern.test(keyword));

/** Without the name of the host, which stands in for a `router_id` that is not given. */
const withoutName = (facts: Facts): Facts =>
  new Map(
    [...facts].map(([subject, values]) => [
      subject,
      subject === 'director' ? new Map([...values].filter(([field]) => field !== 'name')) : values,
    ]),
  );

const linesOf = (log: string): readonly string[] =>
  log.split('\n').map((line) => line.replace(/^\w{3} \w{3} +\d+ [\d:]{8} \d{4}: /, ''));

const mostReasons = 10;

/** What keepalived says that it does not use, which is why it differs; all of its processes say the same. */
const reasons = (log: string): readonly string[] => {
  const isReason = (line: string): boolean =>
    /\b(removing|ignoring|Disabling|skipping|cannot be accessed)\b/.test(line) && !/^Removing service/.test(line);
  const all = [...new Set(linesOf(log).filter(isReason))];
  const more = all.length > mostReasons ? [`and ${all.length - mostReasons} lines more`] : [];
  return [...all.slice(0, mostReasons), ...more].map((line) => `  keepalived says: ${line}`);
};

/** keepalived's own error message if it refuses a configuration. */
const complaint = (log: string): string =>
  linesOf(log)
    .filter(
      (line) =>
        !/^(Stopp|CPU usage|pid \d+ exited|Starting|Running on|Registering|Opening|Command line|NOTICE)/.test(line) &&
        line.trim() !== '',
    )
    .at(-1) ?? 'it ended without a word';

const count = (facts: Facts): number => [...facts.values()].reduce((sum, each) => sum + each.size, 0);

type Part = {
  readonly name: 'vrrp' | 'services' | 'bfd';
  readonly theirs: (dump: string) => Facts;
  readonly ours: Facts;
};

/** Compares keepalived's routers and services, each from a run of its own, with the YAML. */
export const compareWithKeepalived = (
  file: string,
  configId: string,
  roots: readonly Statement[],
  yaml: string,
): Comparison => {
  if (!hasKeepalived()) {
    return {
      lines: ['keepalived is not installed here, so there is nothing to compare with'],
      differs: false,
      isDone: false,
    };
  }
  const footprint = footprintOf(roots, file);
  if (footprint.hasNamespace) {
    const line = 'it names a network namespace, which keepalived would move into: compare a copy without net_namespace';
    return { lines: [line], differs: false, isDone: false };
  }
  const parsed = parseConfig(yaml, file);
  if (!parsed.ok) throw new Error('the imported configuration is not valid');
  const parts: Part[] = [
    ...(has(roots, /^vrrp_(instance|sync_group|script)$/)
      ? [
          {
            name: 'vrrp' as const,
            theirs: (text: string) => readRouterFacts(readDump(text)),
            ours: routerFacts(parsed.config),
          },
        ]
      : []),
    ...(has(roots, /^bfd_instance$/)
      ? [
          {
            name: 'bfd' as const,
            theirs: (text: string) => readBfdFacts(readDump(text)),
            ours: bfdFacts(parsed.config),
          },
        ]
      : []),
    ...(has(roots, /^virtual_server$/)
      ? [
          {
            name: 'services' as const,
            theirs: (text: string) => readServiceFacts(readDump(text)),
            ours: serviceFacts(parsed.config),
          },
        ]
      : []),
  ];
  const lines: string[] = [];
  let differs = false;
  let isDone = true;
  for (const { name, theirs, ours } of parts) {
    const { text, log } = dumpKeepalived(file, name, footprint, configId);
    if (text === '') {
      isDone = false;
      lines.push(
        /Can't initialize ipvs/.test(log)
          ? `${name}: not compared: the kernel of this host has no IPVS`
          : `${name}: not compared: keepalived refuses the configuration: ${complaint(log)}`,
      );
      continue;
    }
    const isNamed = roots.some(
      (root) =>
        root.keyword === 'global_defs' && blockOf(root).some(({ keyword }) => /^(router|lvs)_id$/.test(keyword)),
    );
    const understood = isNamed ? theirs(text) : withoutName(theirs(text));
    const differences = compareFacts(understood, isNamed ? ours : withoutName(ours));
    differs ||= differences.length > 0;
    lines.push(...differences.map(formatDifference), ...(differences.length > 0 ? reasons(log) : []));
    lines.push(
      `${name}: ${count(understood)} values of ${understood.size} things compared, ${differences.length} differ`,
    );
  }
  return { lines, differs, isDone };
};
