// All processes of the director: what each is sent, and how their messages are distributed.

import { createBus } from '../../base/bus.ts';
import type { StartGroup } from '../../base/process-group.ts';
import type { DirectorConfig } from '../../config/model/model.ts';
import type { VrrpEvent } from '../../vrrp/events.ts';
import type { RouterRestraint, ToVrrp } from '../../vrrp/messages.ts';
import type { Metrics } from '../control/metrics.ts';
import type { ServiceJudgement } from '../ipvs/service-judgement.ts';
import type { TargetStandings } from '../ipvs/target-standings.ts';
import type { TargetVerdicts } from '../ipvs/target-verdicts.ts';
import type { Log } from '../log/log.ts';
import { createRouterNotices } from '../notifications/changes.ts';
import type { Notification } from '../notifications/notification.ts';
import type { PlanLine } from '../plan-line.ts';
import { serviceState } from '../tracking/services.ts';
import { watchTracked } from '../tracking/watch.ts';
import { type HealthcheckSupervision, superviseHealthcheck } from './healthcheck-supervision.ts';
import { buildOf, type ProcessName } from './program.ts';
import { type ProgramStatus, programStatus } from './programs.ts';
import { judgeReplacement, planReplacements, type Replacement } from './replacement.ts';
import { superviseVrrp, type VrrpSupervision } from './vrrp-supervision.ts';

export type ProcessesOptions = {
  readonly config: () => DirectorConfig;
  readonly directories: { readonly runtime: string; readonly state: string };
  /** Routers that stand aside by command. */
  readonly aside: () => readonly string[];
  /** What keeps routers from mastership, read at each configuration. */
  readonly limits: {
    readonly heldBack: string | undefined;
    readonly restraints: readonly RouterRestraint[] | undefined;
  };
  readonly known: Pick<TargetStandings, 'plan'>;
  readonly verdicts: Pick<TargetVerdicts, 'take' | 'forgetWarnings'>;
  /** Starts tracked scripts. */
  readonly startGroup: StartGroup;
  readonly metrics: Pick<Metrics, 'observeTurn' | 'observeVrrp' | 'observeProbe' | 'countDefect'>;
  readonly notify: (notices: readonly Notification[]) => void;
  readonly onVrrpEvent: (event: VrrpEvent) => void;
  /** Masterships of a dead vrrp process were given up. */
  readonly onGivenUp: () => void;
  /** A vrrp process was configured, and knows nothing of the anycast addresses. */
  readonly onConfigured: () => void;
  /** Anycast addresses may have changed their states. */
  readonly onAnycast: () => void;
  /** Called before what a process has sent is read. */
  readonly onArrival: () => void;
  readonly log: Log;
};

export type Processes = {
  readonly vrrp: VrrpSupervision;
  readonly healthcheck: HealthcheckSupervision;
  readonly programs: () => readonly ProgramStatus[];
  /** Lines of `plan` for processes whose program is not the installed one. */
  readonly planReplacements: () => readonly PlanLine[];
  /**
   * Replaces a process by the installed program.
   * @param force also where that costs mastership.
   * @returns the reason for a refusal.
   */
  readonly replace: (name: ProcessName, force: boolean) => string | undefined;
  /** Sends the current configuration to the processes. */
  readonly configure: () => void;
  /** Passes the judgements of services to the routers that track them. @param fault why none is in the kernel */
  readonly trackServices: (
    judgementOf: (service: string) => ServiceJudgement | undefined,
    fault: string | undefined,
  ) => void;
  /** Stops watching tracked items; the processes are released or ended separately. */
  readonly close: () => void;
};

export const superviseProcesses = (options: ProcessesOptions): Processes => {
  const { config, directories, known, verdicts, metrics, notify, log } = options;
  const installed = { vrrp: buildOf('vrrp'), healthcheck: buildOf('healthcheck') };
  const routerNotices = createRouterNotices();

  const toVrrp = createBus<ToVrrp>();
  const tracking = watchTracked(options.startGroup, toVrrp.send, log);
  const vrrp = superviseVrrp({
    runtimeDirectory: directories.runtime,
    configuration: () => {
      const { director, vrrp: own } = config();
      const aside = options.aside().filter((name) => own.routers.some((router) => router.name === name));
      const { heldBack, restraints } = options.limits;
      return {
        type: 'configure',
        director,
        config: own,
        stateDirectory: directories.state,
        aside,
        ...(heldBack !== undefined && { heldBack }),
        ...(restraints !== undefined && { restraints }),
      };
    },
    onEvent: (event) => {
      metrics.observeVrrp(event);
      notify(routerNotices(config(), event));
      options.onVrrpEvent(event);
    },
    onTurn: (longest) => metrics.observeTurn('vrrp', longest),
    onGivenUp: options.onGivenUp,
    onArrival: options.onArrival,
    onConfigured: () => {
      tracking.reportAll();
      options.onConfigured();
    },
    onAnycast: options.onAnycast,
    log,
  });
  toVrrp.handle((message) => void vrrp.send(message));
  tracking.configure(config());

  const healthcheck = superviseHealthcheck({
    runtimeDirectory: directories.runtime,
    targets: () => known.plan.targets,
    onStart: verdicts.forgetWarnings,
    onArrival: options.onArrival,
    onMessage: (message) => {
      if (message.type === 'probes') {
        if (message.longestTurn !== undefined) metrics.observeTurn('healthcheck', message.longestTurn);
        for (const result of message.results) {
          const [use] = known.plan.uses.get(result.target) ?? [];
          if (use !== undefined) metrics.observeProbe(use.server.name, result);
        }
      }
      if (message.type === 'defect') metrics.countDefect(message);
      verdicts.take(message);
    },
    log,
  });

  const programs = (): ProgramStatus[] => [
    programStatus('vrrp', { ...vrrp.state(), installed: installed.vrrp }),
    programStatus('healthcheck', { ...healthcheck.state(), installed: installed.healthcheck }),
  ];
  /** Both are Node programs of about the same size: where the start of one was not measured, the other's counts. */
  const judgeVrrp = (): Replacement =>
    judgeReplacement(config().vrrp.routers, vrrp.routers(), vrrp.state().startTook ?? healthcheck.state().startTook);

  return {
    vrrp,
    healthcheck,
    programs,
    planReplacements: () => planReplacements(programs(), judgeVrrp()),
    replace: (name, force) => {
      if (name === 'healthcheck') {
        healthcheck.replace();
        return undefined;
      }
      if (vrrp.routers().some(({ state }) => state === 'leaving'))
        return 'A router is being handed over: ask again when that is done';
      const { fits, limit, text } = judgeVrrp();
      if (!fits && !force) return `vrrp cannot be replaced without an election: ${text}. Hand over first, or force it`;
      vrrp.replace(limit);
      return undefined;
    },
    configure: () => {
      vrrp.configure();
      tracking.configure(config());
      healthcheck.configure();
    },
    trackServices: (judgementOf, fault) => {
      const { routers, groups } = config().vrrp;
      const entries = [...routers, ...groups].flatMap(({ track }) => track);
      const tracked = new Set(entries.flatMap(({ kind, name }) => (kind === 'service' ? [name] : [])));
      for (const name of tracked) tracking.service(name, serviceState(judgementOf(name), fault));
    },
    close: tracking.close,
  };
};
