// The turn of one service: it is judged, and its changes are planned; what they leave is recorded.

import type { Clock } from '../../base/units.ts';
import type { RealServerConfig, VirtualServiceConfig } from '../../config/model/service-model.ts';
import { ipvsChanges } from '../../kernel/ipvs/changes.ts';
import type { Log } from '../log/log.ts';
import { watchDrains } from './drain-watch.ts';
import { describeJudgement } from './judgement-text.ts';
import type { Mirror } from './mirror.ts';
import type { PlanMemory } from './named-service.ts';
import type { ServiceRecord } from './records.ts';
import { type JudgementEvent, judgeService, type ServerStanding, type ServiceJudgement } from './service-judgement.ts';
import { leave } from './tampering.ts';
import { planTurn } from './turn.ts';
import type { Planned } from './writing.ts';

export type ServiceTurnPorts = {
  /** Whether an entry may be changed and removed, by its key. */
  readonly isOurs: (key: string) => boolean;
  readonly standingOf: (service: VirtualServiceConfig, server: RealServerConfig) => ServerStanding;
  readonly onJudged: (service: VirtualServiceConfig, event: JudgementEvent) => void;
  readonly mirror: Pick<Mirror, 'contents'>;
  readonly clock: Clock;
  readonly log: Log;
};

export type ServiceTurn = {
  /** Judges the service. @returns its changes from what the mirror has */
  readonly plan: (record: ServiceRecord, before: PlanMemory) => Planned;
  /** Records what the written changes leave. @returns whether the service needs another turn without a mark */
  readonly settle: (planned: Planned) => boolean;
  /** The judgement of a service at its last turn, by its name. */
  readonly judgementOf: (service: string) => ServiceJudgement | undefined;
  /** Forgets the judgements of all other services. */
  readonly keep: (services: ReadonlyMap<string, unknown>) => void;
};

export const createServiceTurn = (ports: ServiceTurnPorts): ServiceTurn => {
  const { isOurs, standingOf, onJudged, mirror, clock, log } = ports;
  const judgements = new Map<string, ServiceJudgement>();

  const isUnsettled = ({ record, plan: { leaving } }: Planned): boolean => {
    if (leaving.length > 0) return true;
    const duties = judgements.get(record.named?.service.name ?? '')?.duties.values() ?? [];
    return [...duties].some((duty) => duty.name === 'serve' && duty.isRamping);
  };

  const judge = (record: ServiceRecord): void => {
    const service = record.named?.service;
    if (service === undefined) return;
    const judged = service.realServers.map((server) => ({ server, standing: standingOf(service, server) }));
    const [memory, judgement] = judgeService(service, judged, record.memory, clock());
    record.memory = memory;
    judgements.set(service.name, judgement);
    for (const event of judgement.events) {
      const [level, text] = describeJudgement(event, service);
      log(level, { process: 'ipvs', subject: service.name, event: event.type }, text, { event });
      onJudged(service, event);
    }
  };

  return {
    plan: (record, before) => {
      judge(record);
      const actual = mirror.contents(record.entries.keys());
      const services = record.named === undefined ? [] : [record.named];
      const memory = { ...before, retiredSince: record.retiredSince };
      const plan = planTurn(services, judgements, actual, isOurs, memory, clock());
      return { record, plan, changes: ipvsChanges(actual, plan.desired, isOurs) };
    },
    settle: (planned) => {
      const { record, plan } = planned;
      const [drains, lines] = watchDrains(record.drains, plan.leaving, clock());
      for (const { name, text } of lines) log('info', { process: 'ipvs', subject: name, event: 'drain' }, text);
      record.drains = drains;
      record.retiredSince = plan.memory.retiredSince;
      record.left = leave(plan.desired.services, plan.desired.destinations);
      record.size = plan.desired.destinations.length;
      record.isNew = false;
      return isUnsettled(planned);
    },
    judgementOf: (service) => judgements.get(service),
    keep: (services) => {
      for (const name of judgements.keys()) if (!services.has(name)) judgements.delete(name);
    },
  };
};
