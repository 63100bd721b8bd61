// A turn's plan: what is configured, what nobody names any more and is drained, and what was never ours.

import assert from 'node:assert/strict';
import { type Instant, milliseconds } from '../../../../base/units.ts';
import { nameService, noPlan, rememberNames } from '../../../../controller/ipvs/named-service.ts';
import type { Duty, ServiceJudgement } from '../../../../controller/ipvs/service-judgement.ts';
import { type IpvsContents, planTurn } from '../../../../controller/ipvs/turn.ts';
import { type DestinationState, destinationKey, serviceKey } from '../../../../kernel/ipvs/entries.ts';
import { type IpAddress, ip } from '../../../../net/ip-address.ts';
import { serverConfigs, serviceConfig } from './services.ts';

const at = (value: number): Instant => value as Instant;
const address = { protocol: 'tcp', address: ip('10.0.0.1'), port: 80 } as const;
const web = serviceConfig({ realServers: serverConfigs({}, {}), drainTimeout: milliseconds(3000) });

const destination = (host: IpAddress, weight: number, activeConnections: number): DestinationState => ({
  service: address,
  address: host,
  port: 80,
  forwarding: 'masq',
  weight,
  activeConnections,
  inactiveConnections: 0,
  statistics: { connections: 0n, inPackets: 0n, outPackets: 0n, inBytes: 0n, outBytes: 0n },
});

const held = (...destinations: DestinationState[]): IpvsContents => ({
  services: [{ ...address, scheduler: 'wrr' }],
  destinations,
});

const judged = (duties: Record<string, Duty>): ReadonlyMap<string, ServiceJudgement> =>
  new Map([
    [
      'web',
      {
        mode: 'normal',
        quorum: 'held',
        healthyWeight: 0,
        healthy: 0,
        count: 0,
        duties: new Map(Object.entries(duties)),
        events: [],
      },
    ],
  ]);

const serve: Duty = { name: 'serve', weight: 100, isRamping: false };
const remembered = rememberNames(noPlan, [nameService(web)], () => true);
const weights = (entries: readonly { readonly address: IpAddress; readonly weight: number }[]): string[] =>
  entries.map((entry) => `${entry.address} ${entry.weight}`);

describe("a turn's plan", () => {
  it('holds what the configuration names: with the weight of its duty, or as it is found', () => {
    const actual = held(destination(ip('10.1.0.2'), 7, 0));
    const plan = planTurn([nameService(web)], judged({ rs0: serve }), actual, () => true, remembered, at(0));
    assert.deepEqual(weights(plan.desired.destinations), ['10.1.0.1 100', '10.1.0.2 7']);
    assert.deepEqual(plan.leaving, []);
  });

  it('drains what nobody names any more, until it is idle or its service’s drain_timeout is over', () => {
    const one = serviceConfig({ ...web, realServers: web.realServers.slice(0, 1) });
    const turn = (memory: typeof remembered, weight: number, active: number, now: number) =>
      planTurn(
        [nameService(one)],
        judged({ rs0: serve }),
        held(destination(ip('10.1.0.2'), weight, active)),
        () => true,
        memory,
        at(now),
      );
    const first = turn(remembered, 100, 5, 1000);
    assert.deepEqual(weights(first.desired.destinations), ['10.1.0.1 100', '10.1.0.2 0']);
    assert.deepEqual(first.leaving, [
      {
        key: destinationKey(destination(ip('10.1.0.2'), 0, 0)),
        name: 'rs1',
        why: 'no longer configured',
        since: 1000,
        deadline: 4000,
        connections: 5,
        isLast: false,
      },
    ]);
    const waiting = turn(first.memory, 0, 5, 3999);
    assert.deepEqual(weights(waiting.desired.destinations), ['10.1.0.1 100', '10.1.0.2 0']);
    assert.deepEqual(weights(turn(waiting.memory, 0, 5, 4000).desired.destinations), ['10.1.0.1 100']);
    assert.deepEqual(weights(turn(waiting.memory, 0, 0, 3999).desired.destinations), ['10.1.0.1 100']);
  });

  it('keeps what nobody names any more at its weight until something that is named serves', () => {
    const replaced = nameService(serviceConfig({ ...web, realServers: web.realServers.slice(0, 1) }));
    const turn = (duty: Duty, memory: typeof remembered, weight: number, now: number) =>
      planTurn(
        [replaced],
        judged({ rs0: duty }),
        held(destination(ip('10.1.0.2'), weight, 5)),
        () => true,
        memory,
        at(now),
      );
    for (const duty of [
      { name: 'await' },
      { name: 'serve', weight: 0, isRamping: false },
      { name: 'leave', why: 'failed', since: at(0) },
      { name: 'leave', why: 'drained by command', since: at(0) },
    ] as const) {
      const kept = turn(duty, remembered, 7, 1000);
      assert.ok(weights(kept.desired.destinations).includes('10.1.0.2 7'), duty.name);
      assert.deepEqual(kept.leaving, []);
    }
    // The time to drain begins when it is replaced.
    const after = turn(serve, turn({ name: 'await' }, remembered, 7, 1000).memory, 7, 60_000);
    assert.deepEqual(weights(after.desired.destinations), ['10.1.0.1 100', '10.1.0.2 0']);
    assert.equal(after.leaving[0]?.deadline, 63_000);
    // What had no weight has none to keep.
    assert.deepEqual(weights(turn({ name: 'await' }, remembered, 0, 70_000).desired.destinations), ['10.1.0.2 0']);
  });

  it('drains at once what nobody names any more of a service without servers, or without a name', () => {
    const empty = nameService(serviceConfig({ ...web, realServers: [] }));
    const actual = held(destination(ip('10.1.0.2'), 7, 5));
    for (const services of [[empty], []]) {
      const plan = planTurn(services, judged({}), actual, () => true, remembered, at(0));
      assert.deepEqual(weights(plan.desired.destinations), ['10.1.0.2 0']);
    }
  });

  it('never drains a destination that is not ours', () => {
    const actual = held(destination(ip('10.9.9.9'), 50, 0));
    const plan = planTurn([nameService(web)], judged({}), actual, () => false, remembered, at(0));
    assert.deepEqual(plan.desired.destinations, []);
    assert.deepEqual(plan.leaving, []);
  });

  it('keeps a service that nobody names any more as long as a destination of it drains', () => {
    const turn = (...destinations: DestinationState[]) =>
      planTurn([], new Map(), held(...destinations), () => true, remembered, at(0)).desired.services.map(serviceKey);
    assert.deepEqual(turn(destination(ip('10.1.0.1'), 100, 3)), [serviceKey(address)]);
    assert.deepEqual(turn(destination(ip('10.1.0.1'), 0, 0)), []);
    assert.deepEqual(turn(), []);
  });
});

describe('names of entries', () => {
  it('are kept while their entries are configured or in the kernel, and no longer', () => {
    const at = (port: number) => {
      const [match] = web.matches;
      return nameService({ ...web, matches: match && 'port' in match ? [{ ...match, port }] : [] });
    };
    let memory = noPlan;
    for (let port = 1; port <= 200; port += 1) {
      const named = at(port);
      const kept = new Set([...named.entries, ...named.destinations].map(({ key }) => key));
      const inKernel = (key: string): boolean => key.includes(`:${port - 1} `) || key.endsWith(`:${port - 1}`);
      memory = rememberNames(memory, [named], (key) => kept.has(key) || inKernel(key));
    }
    const servers = at(1).destinations.length;
    assert.ok(servers > 0);
    assert.deepEqual([memory.names.size, memory.drainTimeouts.size], [2 * servers, 2]);
  });
});
