// What the status warns of: all that an operator should look at. Pure.

import { milliseconds } from '../../base/units.ts';
import { warnOfValidity } from '../../base/validity.ts';
import { describeRefusal, describeRival } from '../../vrrp/event-text.ts';
import type { RouterStatus } from '../../vrrp/status.ts';
import { describeDifference } from '../in-force.ts';
import { programWarnings } from '../processes/programs.ts';
import { anycastWarnings } from './anycast-status.ts';
import { describeDisparity } from './disparity.ts';
import type { ServiceStatus, StatusSources } from './status.ts';

const warnAhead = milliseconds(14 * 86_400_000);

const warnOfMetrics = ({ metricsCertificate }: StatusSources): string[] => {
  const warning = metricsCertificate && warnOfValidity(metricsCertificate, Date.now(), warnAhead);
  return warning === undefined ? [] : [`metrics: ${warning}`];
};

/** Whether a verdict keeps the router from being master: a backup that awaits a living master would not be it anyway. */
export const isRestrained = ({ restraint, withheld }: Pick<RouterStatus, 'restraint' | 'withheld'>): boolean =>
  restraint !== undefined && (withheld === true || restraint.kind === 'yield');

const splitBrainWarnings = ({ splitBrain: { witness, verdicts }, routers }: StatusSources): string[] => [
  ...verdicts.map(({ router, verdict, text }) => `router ${router}, split brain (${verdict}): ${text}`),
  ...routers
    .filter(isRestrained)
    .map(({ name, restraint }) => `router ${name} leaves mastership to a peer: ${restraint?.reason}`),
  ...(witness?.state === 'lost' ? [`the witness ${witness.address} does not answer`] : []),
];

const hasUnusualMode = ({ mode }: ServiceStatus): boolean => mode !== undefined && mode !== 'normal';

const takesNoConnections = ({ servers }: ServiceStatus): boolean =>
  servers.length > 0 && servers.every(({ health, drained }) => health !== 'up' || drained);

/** Whether the warnings of the status name the service. */
export const isTroubled = (service: ServiceStatus): boolean => hasUnusualMode(service) || takesNoConnections(service);

export const warningsOf = (sources: StatusSources, services: readonly ServiceStatus[]): string[] => {
  const { routers, peers, notifications, programs, refusedConfiguration } = sources;
  return [
    ...(refusedConfiguration === undefined ? [] : [`the configuration file is not in force: ${refusedConfiguration}`]),
    ...programWarnings(programs),
    ...sources.recordFaults,
    ...(sources.metricsFault === undefined ? [] : [`metrics are not served: ${sources.metricsFault}`]),
    ...warnOfMetrics(sources),
    ...(sources.connectionSync === undefined || sources.connectionSync.daemons.length === 2
      ? []
      : ['connections are not synchronised: the kernel does not run both of its daemons']),
    ...(sources.ipvsFault === undefined ? [] : [`no virtual service is in the kernel: ${sources.ipvsFault}`]),
    ...routers
      .filter(({ state, aside }) => state === 'initialize' && !aside)
      .map(({ name, reason }) => `router ${name} takes no part: ${reason}`),
    ...routers
      .filter(({ aside }) => aside)
      .map(({ name }) => `router ${name} is handed over: it will not take over from its peer until regent resume`),
    ...routers
      .filter(
        ({ state, heldBack, master, priority }) =>
          state === 'backup' && heldBack && (master?.priority ?? 255) < priority,
      )
      .map(({ name, heldBack }) => `router ${name} does not preempt yet: ${heldBack}`),
    ...routers.flatMap(({ name, missing = [] }) =>
      missing.map(({ what, why }) => `router ${name} does not hold ${what}: ${why}`),
    ),
    ...routers.flatMap(({ name, virtualRouterId, refusals = [] }) =>
      refusals.map((refusal) => `router ${name}: ${describeRefusal(refusal, virtualRouterId)}`),
    ),
    ...routers
      .filter(({ stuck }) => stuck)
      .map(
        ({ name, interface: device }) =>
          `router ${name} hears no master and waits for the others of its sync group: no host has its addresses, or ${device} is cut off here or at the master`,
      ),
    ...routers
      .filter(({ rivals }) => rivals.length > 0)
      .map(({ name, rivals }) => `router ${name} is not the only master: ${rivals.map(describeRival).join('; ')}`),
    ...splitBrainWarnings(sources),
    ...anycastWarnings(sources),
    ...services
      .filter(hasUnusualMode)
      .map(({ name, mode }) => `service ${name} is in ${mode} mode: it has too few healthy servers of its own`),
    ...services
      .filter(takesNoConnections)
      .map(({ name }) => `service ${name} has no real server that takes connections`),
    ...sources.probeWarnings,
    ...sources.differences.filter(({ why }) => why !== undefined).map(describeDifference),
    ...(sources.peersFault === undefined ? [] : [`commands are not exchanged with peers: ${sources.peersFault}`]),
    ...peers
      .filter(({ reachable }) => !reachable)
      .map(
        ({ address, lastError }) =>
          `peer ${address} does not have the latest commands: ${lastError ?? 'not reached yet'}`,
      ),
    ...peers.flatMap(({ differences = [] }) => differences.map((text) => describeDisparity(text, routers.length > 0))),
    ...notifications
      .filter(({ waiting, lastError }) => waiting > 0 && lastError !== undefined)
      .map(
        ({ name, waiting, lastError }) =>
          `notification ${name}: ${waiting} wait for delivery; last error: ${lastError}`,
      ),
  ];
};
