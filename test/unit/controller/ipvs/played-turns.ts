// Turns of services on a table that is played: three services of up to three servers, whose configuration is their servers' numbers.

import { type Instant, milliseconds } from '../../../../base/units.ts';
import type { VirtualServiceConfig } from '../../../../config/model/service-model.ts';
import { createMarks } from '../../../../controller/ipvs/marks.ts';
import { createMirror } from '../../../../controller/ipvs/mirror.ts';
import { type NamedService, nameService } from '../../../../controller/ipvs/named-service.ts';
import type { ServerStanding } from '../../../../controller/ipvs/service-judgement.ts';
import { createServiceTurns, type ServiceTurnsPorts } from '../../../../controller/ipvs/service-turns.ts';
import { destinationKey } from '../../../../kernel/ipvs/entries.ts';
import { ip } from '../../../../net/ip-address.ts';
import { type PlayedIpvs, playIpvs } from '../../kernel/ipvs/played-ipvs.ts';
import type { Table } from '../../kernel/ipvs/played-table.ts';
import { serverConfig, serviceConfig } from './services.ts';

export const serviceCount = 3;
export const serverCount = 3;
const serverOf = (service: number, index: number, weight = 100) =>
  serverConfig({
    name: `s${service}r${index}`,
    endpoint: { address: ip(`10.1.${service}.${index}`), port: 80 },
    weight,
  });

/** Which servers a configuration has of each service, and their weight. */
export type Shape = readonly (readonly number[])[];
export const configOf = (shape: Shape): VirtualServiceConfig[] =>
  shape.flatMap((servers, service) =>
    servers.length === 0
      ? []
      : [
          serviceConfig({
            name: `s${service}`,
            matches: [{ address: ip(`10.0.0.${service}`), port: 80 }],
            drainTimeout: milliseconds(0),
            panicThreshold: 0,
            realServers: servers.map((index) => serverOf(service, index, 50 + shape.flat().length)),
          }),
        ],
  );

/** Marks and turns of services, connected as the table connects them. */
export const openTurns = (ports: Omit<ServiceTurnsPorts, 'awaiting' | 'mirror'>) => {
  const mirror = createMirror();
  const marks = createMarks({ mirror, complain: ports.complain });
  const turns = createServiceTurns({ ...ports, awaiting: marks.awaiting, mirror });
  return {
    ...marks,
    ...turns,
    mirror,
    configure: (services: readonly NamedService[]): void => {
      marks.configure(services);
      turns.forgetFormer();
    },
  };
};

type World = {
  readonly ipvs: PlayedIpvs;
  readonly turns: ReturnType<typeof openTurns>;
  readonly standings: Map<string, ServerStanding>;
  readonly log: string[];
  readonly wait: (span: number) => void;
  readonly finish: () => void;
};

export const openWorld = (shape: Shape, look?: (table: Table) => void, isListing = true): World => {
  const ipvs = playIpvs(look, isListing);
  const standings = new Map<string, ServerStanding>();
  const log: string[] = [];
  let now = 0;
  const turns = openTurns({
    ipvs,
    isOurs: () => true,
    standingOf: (_, { name }) => standings.get(name) ?? { health: 'up', drained: false },
    onJudged: () => undefined,
    complain: (_, text) => void (text !== '' && log.push(text)),
    clock: () => now as Instant,
    log: (_level, _about, text) => void log.push(text),
  });
  turns.configure(configOf(shape).map(nameService));
  return {
    ipvs,
    turns,
    standings,
    log,
    wait: (span) => {
      now += span;
    },
    finish: () => {
      for (const _ of turns.work());
    },
  };
};

export const rows = ({ destinations }: Table): string[] =>
  [...destinations.values()].map((entry) => `${destinationKey(entry)} ${entry.weight}`).sort();
