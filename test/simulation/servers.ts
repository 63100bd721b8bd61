// Real servers that fail and come back, their prober, and a controller that keeps the IPVS table, in virtual time: servers die or
// lose probes, an operator drains and weighs, the kernel refuses, another program deletes, prober and controller die and start again,
// the disk with the operator's commands refuses, or what it has is damaged.

import { isDeepStrictEqual } from 'node:util';
import { type Instant, milliseconds } from '../../base/units.ts';
import { nameService } from '../../controller/ipvs/named-service.ts';
import type { CommandChange, Commands } from '../../controller/operator/commands.ts';
import { judge, unknownVerdict, type Verdict } from '../../healthcheck/verdict.ts';
import { ip } from '../../net/ip-address.ts';
import { openTurns } from '../unit/controller/ipvs/played-turns.ts';
import { serverConfig, serverConfigs, serviceConfig } from '../unit/controller/ipvs/services.ts';
import { playIpvs } from '../unit/kernel/ipvs/played-ipvs.ts';
import { served } from '../unit/kernel/ipvs/played-table.ts';
import { playOperatorDisk } from './operator-disk.ts';
import { createRandom } from './random.ts';
import { expectationOf } from './service-rules.ts';

const key = 'tcp 10.0.0.1:80';
const rules = { rise: 2, fall: 3 } as const;
const sorryServer = serverConfig({ name: 'sorry', endpoint: { address: ip('10.1.9.9'), port: 80 }, weight: 1 });
const probeEvery = 1000;
const turnEvery = 500;

type Server = {
  readonly name: string;
  readonly isStandby: boolean;
  /** As the file says; an operator may command another. */
  readonly configured: number;
  wasUp: boolean;
  isUp: boolean;
  /** Of 1. */
  loss: number;
  verdict: Verdict;
};

/** @returns the rules that were broken, a line each, and the changes of verdicts. */
export const runServers = (seed: number, hours: number): { readonly broken: string[]; readonly verdicts: number } => {
  const random = createRandom(seed);
  let now = 0;
  const broken: string[] = [];
  const servers = Array.from(
    { length: 2 + Math.floor(random.next() * 4) },
    (_, index): Server => ({
      name: `rs${index}`,
      isStandby: index > 1 && random.chance(0.3),
      configured: random.pick([50, 100, 100]),
      wasUp: false,
      isUp: random.chance(0.8),
      loss: 0,
      verdict: unknownVerdict,
    }),
  );
  const service = serviceConfig({
    realServers: serverConfigs(
      ...servers.map(({ isStandby, configured: weight }) => ({
        weight,
        standby: isStandby,
        inhibit: random.chance(0.2),
      })),
    ),
    drainTimeout: milliseconds(random.pick([0, 3000, 10_000])),
    panicThreshold: random.pick([0, 0, 34, 60]),
    quorum: random.pick([1, 1, 100, 150, 250]),
    hysteresis: random.pick([0, 0, 60]),
    slowStart: milliseconds(random.pick([0, 0, 20_000])),
    ...(random.chance(0.4) && { sorryServer }),
  });
  let hasQuorum: boolean | undefined;
  let toldQuorum: boolean | undefined;
  let isTampered = false;
  let wasServed = false;
  let hadHealthy = false;

  const tell = (what: string): void => {
    if (broken.length < 5) broken.push(`seed ${seed}, ${now / 1000} s: ${what}`);
  };

  const disk = playOperatorDisk();
  let operator = disk.open(now);
  /** What a next controller may find: all that was commanded since the disk last took it. */
  let mayFind: readonly Commands[] = [operator.commands()];
  const command = (server: string, change: CommandChange): void => {
    operator.command(server, change);
    mayFind = disk.isFull() ? [...mayFind, operator.commands()] : [operator.commands()];
  };
  const isDrained = ({ name }: Pick<Server, 'name'>): boolean => operator.commands().get(name)?.drained === true;
  const weightOfServer = ({ name, configured }: Server): number => operator.commands().get(name)?.weight ?? configured;
  const reopenOperator = (): void => {
    const isDamaged = disk.isDamaged();
    operator = disk.open(now);
    const found = operator.commands();
    if (isDamaged && found.size > 0) tell('a damaged file has commands');
    if (isDamaged !== disk.wasToldOfDamage())
      tell(isDamaged ? 'a damaged file was not reported' : 'a whole file was reported as damaged');
    if (isDamaged && !disk.hasCopy() && !disk.isFull()) tell('a damaged file was not kept aside');
    if (!isDamaged && !mayFind.some((one) => isDeepStrictEqual(one, found))) tell('commands were lost, or changed');
    mayFind = [found];
  };

  const isHealthy = (server: Server): boolean => server.verdict.health === 'up' && !isDrained(server);
  const ipvs = playIpvs((table) => {
    const isServed = served(table).has(key);
    if (wasServed && !isServed && hadHealthy && servers.some(isHealthy) && !isTampered)
      tell('the table was emptied while a server was healthy');
    wasServed = isServed;
  }, random.chance(0.5));

  const seen = () =>
    servers.map((server) => ({
      ...server,
      weight: weightOfServer(server),
      isDrained: isDrained(server),
      health: server.verdict.health,
    }));

  const openController = () => {
    const turns = openTurns({
      ipvs,
      isOurs: () => true,
      standingOf: (_, { name }) => {
        const server = servers.find((one) => one.name === name);
        if (server === undefined) return { health: 'unknown', drained: false };
        const given = operator.commands().get(name)?.weight;
        const drained = isDrained(server);
        return { health: server.verdict.health, drained, ...(given !== undefined && { commandedWeight: given }) };
      },
      onJudged: (_, event) => {
        if (event.type === 'quorum') toldQuorum = event.quorum === 'held';
      },
      complain: () => undefined,
      clock: () => now as Instant,
      log: () => undefined,
    });
    turns.configure([nameService(service)]);
    return turns;
  };
  let controller: ReturnType<typeof openController> | undefined = openController();
  let isProbing = true;
  let isRefusing = false;
  /** Since when nothing keeps the table from being right. */
  let calmSince = 0;
  let verdicts = 0;

  const probe = (): void => {
    for (const server of servers) {
      const ok = server.isUp && !random.chance(server.loss);
      const outcome = { ok, latency: milliseconds(1), ...(!ok && { error: 'refused' }) };
      const after = judge(server.verdict, outcome, rules, now as Instant);
      if (after.health !== server.verdict.health) {
        verdicts += 1;
        calmSince = now;
        server.verdict = after;
        controller?.mark(['web']);
      } else server.verdict = after;
    }
  };

  const turn = (): void => {
    if (controller === undefined) return;
    controller.pass();
    for (const _ of controller.work());
    hadHealthy = servers.some(isHealthy);
    for (const server of servers) server.wasUp ||= server.verdict.health === 'up';
    hasQuorum = expectationOf(service, seen(), hasQuorum).hasQuorum;
  };

  const weightOf = (address: string): number =>
    [...ipvs.table.destinations.values()].find((entry) => entry.address === address)?.weight ?? 0;

  /** What must be so once two turns have passed without a change. */
  const look = (): void => {
    if (controller === undefined || isRefusing || now - calmSince <= 4 * turnEvery) return;
    const { must, may } = expectationOf(service, seen(), hasQuorum);
    for (const { name, endpoint, weight: own } of [...service.realServers, sorryServer]) {
      const weight = weightOf(endpoint.address);
      const server = servers.find((one) => one.name === name);
      const full = server === undefined ? own : weightOfServer(server);
      if (weight > 0 && !must.has(name) && !may.has(name)) tell(`${name} should not get new connections, and does`);
      if (weight === 0 && must.has(name)) tell(`${name} should get new connections, and does not`);
      const isWarm = now - calmSince > service.slowStart + 4 * turnEvery;
      if (must.has(name) && (weight > full || (isWarm && weight !== full)))
        tell(`${name} has weight ${weight}, not ${full}`);
    }
    if (toldQuorum !== hasQuorum) tell(`the quorum was told to be ${toldQuorum}, and is ${hasQuorum}`);
  };

  const deeds: readonly (() => void)[] = [
    () => {
      const server = random.pick(servers);
      server.isUp = !server.isUp;
    },
    () => {
      const server = random.pick(servers);
      server.loss = random.chance(0.5) ? 0 : random.between(0.1, 0.8);
    },
    () => {
      const server = random.pick(servers);
      if (controller === undefined) return;
      command(server.name, { drained: !isDrained(server) });
      controller.mark(['web']);
    },
    () => {
      const isUp = random.chance(0.5);
      for (const server of servers) server.isUp = isUp;
    },
    () => {
      if (controller === undefined) return;
      command(random.pick(servers).name, { weight: random.pick([20, 50, 100, 200]) });
      controller.mark(['web']);
    },
    () => {
      disk.fill(!disk.isFull());
      if (!disk.isFull() && controller !== undefined) {
        disk.retry();
        mayFind = [operator.commands()];
      }
    },
    () => {
      if (controller === undefined)
        disk.damage(random.pick(['', '{"commands":[', '[]', '{"commands":{},"aside":[]}', '\0']));
    },
    () => {
      isRefusing = !isRefusing;
      ipvs.refuse(isRefusing);
    },
    () => {
      isProbing = !isProbing;
    },
    () => {
      isTampered = true;
      for (const one of [...ipvs.table.destinations.keys()])
        if (random.chance(0.5)) ipvs.table.destinations.delete(one);
      wasServed = served(ipvs.table).has(key);
      controller?.markUnread();
    },
    () => {
      // Its successor knows no verdict, and adopts the table.
      if (controller === undefined) {
        reopenOperator();
        for (const server of servers) Object.assign(server, { verdict: unknownVerdict, wasUp: false });
        [hasQuorum, toldQuorum] = [undefined, undefined];
        controller = openController();
      } else {
        controller = undefined;
        disk.abandon();
      }
    },
  ];

  const end = hours * 3_600_000;
  let next = random.between(1000, 20_000);
  for (; now < end && broken.length === 0; now += turnEvery) {
    if (now >= next) {
      random.pick(deeds)();
      calmSince = now;
      next = now + random.between(200, 40_000);
    }
    if (isProbing && controller !== undefined && now % probeEvery === 0) probe();
    turn();
    if (now - calmSince > 4 * turnEvery) isTampered = false;
    look();
  }
  return { broken, verdicts };
};
