// A director on a machine: the virtual routers as they run, and what its controller does for them and after their death.

import { later, milliseconds } from '../../base/units.ts';
import type { VrrpConfig } from '../../config/model/model.ts';
import { heldAddresses } from '../../config/model/virtual-addresses.ts';
import { countLoss, noLosses } from '../../controller/processes/back-off.ts';
import { openOwnership } from '../../kernel/ownership.ts';
import type { Restraint } from '../../vrrp/election/parameters.ts';
import { findPredecessors } from '../../vrrp/handoff/configuration-handoff.ts';
import { type Handoff, snapshotsOf } from '../../vrrp/handoff/process-handoff.ts';
import { claimedKeys, createHoldingsRecord, type HoldingsRecord } from '../../vrrp/holdings/record.ts';
import type { FromVrrp, LastWill } from '../../vrrp/messages.ts';
import { createRouters, type Routers } from '../../vrrp/routers.ts';
import type { RouterStatus } from '../../vrrp/status.ts';
import type { ItemState } from '../../vrrp/tracking/judgement.ts';
import { createDetectors, type Detectors } from './detectors.ts';
import type { Machine } from './machine.ts';
import type { Observer } from './observer.ts';
import { createPorts } from './ports.ts';
import type { Time } from './time.ts';
import type { Wire } from './wire.ts';

export type Director = {
  readonly machine: Machine;
  readonly isAlive: () => boolean;
  /** Starts what is to run, unless it runs. */
  readonly start: () => void;
  /** The process dies; its controller, if there is one, executes the last will and starts it again. */
  readonly kill: () => void;
  /** All processes die; the kernel keeps what it has. */
  readonly killAll: () => void;
  /** Leaves mastership and ends; a service manager starts it again by `start`. */
  readonly leave: () => void;
  /** Hands its state to a new process of another build. */
  readonly replace: () => void;
  readonly configure: (config: VrrpConfig) => void;
  readonly standAside: (isAside: boolean) => void;
  readonly holdBack: (reason: string | undefined) => void;
  readonly restrain: (kind: Restraint['kind'] | undefined) => void;
  readonly track: (script: string, isUp: boolean) => void;
  /** Interfaces or addresses have changed. */
  readonly networkChanged: () => void;
  readonly setController: (isThere: boolean) => void;
  readonly isAside: () => boolean;
  /** Whether the controller last told the process to stand aside. */
  readonly standsAside: () => boolean;
  readonly status: () => readonly RouterStatus[];
  /** The restraint that the controller last sent to the process. */
  readonly restraint: () => Restraint['kind'] | undefined;
  /** Why its record is not on disk. */
  readonly recordFault: () => string | undefined;
  /** All that its configuration lets it hold while it is master. */
  readonly held: () => readonly string[];
};

type DirectorOptions = {
  readonly machine: Machine;
  readonly config: VrrpConfig;
  readonly time: Time;
  readonly wire: Wire;
  readonly observer: Observer;
  /** From 0 to 1. */
  readonly random: () => number;
};

type Life = {
  isAlive: boolean;
  isRetrying: boolean;
  hasClosed: boolean;
  readonly since: number;
  routers: Routers | undefined;
  detectors: Detectors | undefined;
};

/** Milliseconds until a controller notices that its child has died. */
const noticedAfter = 2;
const retryEvery = 1000;

export const createDirector = (options: DirectorOptions): Director => {
  const { machine, time, wire, observer, random } = options;
  let config = options.config;
  let life: Life = {
    isAlive: false,
    isRetrying: false,
    hasClosed: false,
    since: 0,
    routers: undefined,
    detectors: undefined,
  };
  let will: LastWill | undefined;
  let isControlled = true;
  let losses = noLosses;
  let isAside = false;
  let toldAside = false;
  let heldBack: string | undefined;
  let restraint: Restraint['kind'] | undefined;
  let toldRestraint: Restraint['kind'] | undefined;
  let record: HoldingsRecord | undefined;
  const tracked = new Map<string, ItemState>();

  /** Calls the routers in a turn of their process. */
  const call = (task: (routers: Routers) => void): void => {
    const mine = life;
    if (!mine.isAlive) return;
    machine.turn(() => {
      if (mine.isAlive && mine.routers !== undefined && !mine.hasClosed) task(mine.routers);
    }, true);
  };

  const retry = (): void => {
    const mine = life;
    if (mine.isRetrying) return;
    mine.isRetrying = true;
    time.at(time.now() + retryEvery, () => {
      mine.isRetrying = false;
      if (mine.isAlive) call((routers) => routers.rehearse());
    });
  };

  const take = (message: FromVrrp): void => {
    if (message.type === 'will' && isControlled) will = message.will;
    if (message.type !== 'event') return;
    if (message.event.type === 'handover-failed') {
      isAside = false;
      toldAside = false;
    }
    observer.noted(machine, message.event);
  };

  /** A process opens its record when it is first configured; it then knows what an earlier one has held. */
  const claim = (next: VrrpConfig): void => record?.claim('addresses.json', claimedKeys(next.routers));

  const openRecord = (mine: Life): HoldingsRecord =>
    createHoldingsRecord(
      () => undefined,
      (path, _, onFault) =>
        openOwnership(path, `boot ${machine.boot}`, onFault, {
          ...machine.disk,
          after: (span, retried) => {
            const due = later(machine.clock.now(), milliseconds(span));
            return machine.at(due, () => {
              if (mine.isAlive) retried();
            });
          },
        }),
    );

  const restraints = (kind: Restraint['kind'] | undefined): Map<string, Restraint> =>
    new Map(
      config.routers.flatMap(({ name }): [string, Restraint][] =>
        kind === undefined ? [] : [[name, { kind, reason: `is told to ${kind}` }]],
      ),
    );

  /** One router is named; its sync group goes with it. */
  const asideNames = (): readonly string[] => (isAside ? config.routers.slice(0, 1).map(({ name }) => name) : []);

  const begin = (handoff?: Handoff): void => {
    if (life.isAlive || !machine.isOn) return;
    // What came before is judged as it was: without this process, and with the machine still frozen.
    if (time.now() > 0) observer.happened();
    const mine: Life = {
      isAlive: true,
      isRetrying: false,
      hasClosed: false,
      since: time.now(),
      routers: undefined,
      detectors: undefined,
    };
    life = mine;
    machine.forget();
    if (handoff === undefined) observer.began(machine);
    observer.opened(machine);
    const own = openRecord(mine);
    record = own;
    const ports = createPorts({
      machine,
      wire,
      observer,
      record: own,
      isAlive: () => mine.isAlive,
      hasClosed: () => mine.hasClosed,
      onRefusal: retry,
      onLinkChange: () =>
        time.at(time.now() + 0.3, () => {
          if (mine.isAlive) call((routers) => routers.networkChanged());
        }),
    });
    machine.turn(() => {
      claim(config);
      const times = { now: ports.clock(), wall: ports.wall() };
      const snapshots = handoff === undefined ? [] : snapshotsOf(handoff, times);
      const { predecessors } = findPredecessors(snapshots, config.routers);
      const aside = asideNames();
      const known = handoff === undefined ? new Map() : new Map(handoff.known);
      mine.routers = createRouters(config, ports, take, {
        predecessors,
        aside,
        heldBack,
        restraints: restraints(restraint),
        known,
      });
      toldRestraint = restraint;
      toldAside = isAside;
      mine.routers.start();
      mine.routers.track(tracked);
      mine.detectors = createDetectors({
        machine,
        wire,
        random,
        isAlive: () => mine.isAlive && !mine.hasClosed,
        routers: () => mine.routers,
      });
      mine.detectors.follow(config, handoff?.known);
    }, true);
  };

  const end = (): void => {
    life.isAlive = false;
    life.routers = undefined;
    machine.forget();
  };

  const executeWill = ({ rules, routes, addresses, farewells }: LastWill): void => {
    machine.kernel.rules.apply(rules.map((entry) => ({ type: 'remove', entry })));
    machine.kernel.routes.apply(routes.map((entry) => ({ type: 'remove', entry })));
    machine.kernel.apply(addresses.map((entry) => ({ type: 'remove', entry })));
    for (const { interface: name, source, destination, payload } of farewells) {
      const link = machine.links.findIndex((one) => one.name === name);
      wire.send(machine.station, link, Buffer.from(payload, 'base64'), { source, destination }, 0);
    }
  };

  const leave = (then: () => void): void => {
    const mine = life;
    call((routers) =>
      routers.leave(() => {
        mine.detectors?.close();
        routers.close();
        mine.hasClosed = true;
        time.at(time.now() + 20, () => {
          if (life !== mine || !mine.isAlive) return;
          end();
          then();
        });
      }),
    );
  };

  const kill = (): void => {
    if (!life.isAlive) return;
    const lived = milliseconds(time.now() - life.since);
    end();
    time.at(time.now() + noticedAfter, () => {
      if (!isControlled || !machine.isOn || life.isAlive) return;
      if (will !== undefined) {
        executeWill(will);
        observer.willed(machine);
      }
      will = undefined;
      losses = countLoss(losses, lived);
      time.at(time.now() + losses.pause, () => {
        if (isControlled) begin();
      });
    });
  };

  return {
    machine,
    isAlive: () => life.isAlive && !life.hasClosed,
    start: () => begin(),
    kill,
    killAll: () => {
      isControlled = false;
      will = undefined;
      end();
    },
    leave: () => leave(() => undefined),
    replace: () => {
      const mine = life;
      call((routers) => {
        mine.detectors?.close();
        const handoff = JSON.parse(JSON.stringify(routers.handOff())) as Handoff;
        observer.replaced(machine);
        mine.hasClosed = true;
        time.at(time.now() + 20, () => {
          if (life !== mine || !mine.isAlive) return;
          end();
          // A new process starts in a fifth of a second.
          time.at(time.now() + 200, () => begin(handoff));
        });
      });
    },
    configure: (next) => {
      const isSame = config === next;
      config = next;
      call((routers) => {
        claim(next);
        life.routers = routers.reconfigure(next);
        life.detectors?.follow(next);
        if (!isSame) observer.configured(machine);
      });
    },
    standAside: (wanted) => {
      isAside = wanted;
      call((routers) => {
        toldAside = wanted;
        routers.standAside(asideNames());
      });
    },
    holdBack: (reason) => {
      heldBack = reason;
      call((routers) => routers.holdBack(reason));
    },
    restrain: (kind) => {
      restraint = kind;
      call((routers) => {
        toldRestraint = kind;
        routers.restrain(restraints(kind));
      });
    },
    track: (script, isUp) => {
      const state: ItemState = isUp ? { state: 'up', reason: 'succeeds' } : { state: 'down', reason: 'fails' };
      tracked.set(`script ${script}`, state);
      call((routers) => routers.track(new Map([[`script ${script}`, state]])));
    },
    networkChanged: () => call((routers) => routers.networkChanged()),
    setController: (isThere) => {
      isControlled = isThere;
    },
    isAside: () => isAside,
    standsAside: () => toldAside,
    status: () => life.routers?.status() ?? [],
    restraint: () => toldRestraint,
    recordFault: () => record?.fault(),
    held: () => config.routers.flatMap((router) => heldAddresses(router).map(({ address }) => address)),
  };
};
