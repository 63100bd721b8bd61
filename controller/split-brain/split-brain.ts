// Watches for a split brain: gathers the evidence, logs each verdict, and says which routers are restrained by it.

import { isDeepStrictEqual } from 'node:util';
import { elapsed, formatDuration, type Milliseconds, milliseconds, monotonic } from '../../base/units.ts';
import type { DirectorConfig, SplitBrainConfig } from '../../config/model/model.ts';
import type { RouterRestraint } from '../../vrrp/messages.ts';
import type { RouterStatus } from '../../vrrp/status.ts';
import type { Log } from '../log/log.ts';
import type { Peers } from '../peers/peers.ts';
import { openSection, type Section } from '../section.ts';
import { standingOf } from './heartbeat.ts';
import { begin, type Finding, judgeSplitBrain, type VerdictName } from './verdict.ts';
import { askWitness, type Witness } from './witness.ts';
import type { WitnessState } from './witness-state.ts';

export type SplitBrainStatus = {
  readonly reaction: SplitBrainConfig['reaction'];
  readonly witness?: { readonly address: string; readonly state: WitnessState; readonly lasted: Milliseconds };
  readonly verdicts: readonly {
    readonly router: string;
    readonly verdict: VerdictName;
    readonly text: string;
    readonly lasted: Milliseconds;
  }[];
};

export type SplitBrain = {
  /** Judges again; to be called several times a second, and when a router changes its state. */
  readonly look: () => void;
  /** Absent while there is no evidence yet. */
  readonly restraints: () => readonly RouterRestraint[] | undefined;
  readonly status: () => SplitBrainStatus;
  readonly section: Section<unknown>;
};

type SplitBrainOptions = {
  readonly current: () => DirectorConfig;
  readonly peers: () => Peers | undefined;
  readonly routers: () => readonly RouterStatus[];
  /** Whether the vrrp process answers: the last state of a lost process is no evidence. */
  readonly isAnswering: () => boolean;
  readonly onRestraints: () => void;
  /** A router has outlasted a rival, to which neighbours may still send. */
  readonly onSurvivor: (router: string) => void;
  /** A verdict begins or ends. */
  readonly notify: (notice: {
    readonly router: string;
    readonly state: VerdictName | 'ended';
    readonly reason: string;
  }) => void;
  readonly log: Log;
};

/** The part of the section that must be closed. */
const openWitness = ({ witness }: SplitBrainConfig, log: Log): { witness?: Witness; close: () => void } => {
  if (witness === undefined) return { close: () => undefined };
  const asked = askWitness(witness, log);
  return { witness: asked, close: asked.close };
};

const keyOfFinding = ({ router, verdict }: Finding): string => `${router} ${verdict}`;

export const watchSplitBrain = (options: SplitBrainOptions): SplitBrain => {
  const { current, log } = options;
  const section = openSection(current(), { key: 'splitBrain', open: (config) => openWitness(config, log) });
  let memory = begin(monotonic());
  let findings: readonly Finding[] = [];
  let restraints: readonly RouterRestraint[] | undefined;
  let known: Peers | undefined;

  const reaction = (): SplitBrainConfig['reaction'] => current().splitBrain?.reaction ?? 'report';
  const groupOf = (router: string): readonly string[] =>
    current().vrrp.groups.find(({ routers }) => routers.includes(router))?.routers ?? [router];
  const intervalOf = (router: string): Milliseconds =>
    current().vrrp.routers.find(({ name }) => name === router)?.advertisementInterval ?? milliseconds(1000);

  const tell = (after: readonly Finding[]): void => {
    const [old, fresh] = [findings, after].map((all) => new Map(all.map((one) => [keyOfFinding(one), one])));
    for (const [key, { router, verdict, text }] of fresh ?? []) {
      if (old?.has(key)) continue;
      const event = { process: 'director', subject: router, event: 'split-brain-verdict' } as const;
      log('warn', event, `split brain, ${verdict}: ${text}`, { verdict });
      options.notify({ router, state: verdict, reason: text });
    }
    for (const [key, { router, verdict, since }] of old ?? []) {
      if (fresh?.has(key)) continue;
      const event = { process: 'director', subject: router, event: 'split-brain-verdict' } as const;
      const over = `${verdict} is over, after ${formatDuration(elapsed(since, monotonic()))}`;
      log('info', event, over, { verdict });
      if (!after.some((other) => other.router === router)) options.notify({ router, state: 'ended', reason: over });
    }
    findings = after;
  };

  return {
    look: () => {
      const now = monotonic();
      const peers = options.peers();
      // After a reload peers are silent until they are asked again: that is no evidence.
      if (peers !== known) memory = { ...memory, startedAt: now };
      known = peers;
      const routers = options.isAnswering() ? options.routers() : [];
      const witness = section.part()?.witness?.now();
      const isQuiet =
        findings.length + (restraints?.length ?? 0) === 0 && routers.every(({ rivals }) => rivals.length === 0);
      if (peers === undefined && witness === undefined && isQuiet) return;
      peers?.say({ standings: routers.map(standingOf), ...(witness && { witness: witness.state }) });
      const judged = judgeSplitBrain(
        memory,
        { routers, groupOf, intervalOf, peers: peers?.evidence() ?? [], ...(witness && { witness }) },
        reaction(),
        now,
      );
      memory = judged.memory;
      tell(judged.findings);
      for (const router of judged.survivors) options.onSurvivor(router);
      if (judged.restraints === undefined || isDeepStrictEqual(judged.restraints, restraints)) return;
      const isFirst = restraints === undefined && judged.restraints.length === 0;
      restraints = judged.restraints;
      if (!isFirst || current().splitBrain !== undefined) options.onRestraints();
    },
    restraints: () => restraints,
    status: () => {
      const now = monotonic();
      const witness = section.part()?.witness;
      return {
        reaction: reaction(),
        ...(witness && {
          witness: {
            address: witness.address,
            state: witness.now().state,
            lasted: elapsed(witness.now().since, now),
          },
        }),
        verdicts: findings.map(({ since, ...finding }) => ({ ...finding, lasted: elapsed(since, now) })),
      };
    },
    section,
  };
};
