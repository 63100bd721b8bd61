// What IPVS should hold for a service and its servers, by what each is to do and what the table has of it.

import assert from 'node:assert/strict';
import type { Instant } from '../../../../base/units.ts';
import type { RealServerConfig } from '../../../../config/model/service-model.ts';
import {
  desiredDaemons,
  desiredServices,
  desiredWeight,
  destinationOf,
  livingConnections,
} from '../../../../controller/ipvs/desired.ts';
import type { Duty } from '../../../../controller/ipvs/service-judgement.ts';
import { type DestinationState, destinationKey, serviceKey } from '../../../../kernel/ipvs/entries.ts';
import { ip } from '../../../../net/ip-address.ts';
import { serverConfig, serviceConfig } from './services.ts';

const at = (value: number): Instant => value as Instant;
const now = at(100_000);

const duties = {
  serving: { name: 'serve', weight: 7, isRamping: false },
  unknown: { name: 'await' },
  'unknown and inhibited': { name: 'await', isInhibited: true },
  leaving: { name: 'leave', why: 'drained by command', since: at(0) },
  'leaving before its deadline': { name: 'leave', why: 'failed', since: at(0), deadline: at(100_001) },
  'leaving at its deadline': { name: 'leave', why: 'failed', since: at(0), deadline: now },
  'failed and inhibited': { name: 'leave', why: 'failed', since: at(0), deadline: now, isInhibited: true },
} as const satisfies Record<string, Duty>;
const tcp = { protocol: 'tcp', address: ip('10.0.0.1'), port: 80 } as const;
const actuals = {
  absent: undefined,
  active: { service: tcp, weight: 3, activeConnections: 5, inactiveConnections: 2 },
  idle: { service: tcp, weight: 3, activeConnections: 0, inactiveConnections: 2 },
  'at weight 0, active': { service: tcp, weight: 0, activeConnections: 5, inactiveConnections: 2 },
  'at weight 0, idle': { service: tcp, weight: 0, activeConnections: 0, inactiveConnections: 2 },
} as const;
/** In the order of `actuals`; undefined for no destination. */
const weights: Readonly<Record<keyof typeof duties, readonly (number | undefined)[]>> = {
  serving: [7, 7, 7, 7, 7],
  unknown: [undefined, 3, 3, 0, 0],
  'unknown and inhibited': [0, 3, 3, 0, 0],
  leaving: [undefined, 0, 0, 0, undefined],
  'leaving before its deadline': [undefined, 0, 0, 0, undefined],
  'leaving at its deadline': [undefined, 0, 0, undefined, undefined],
  'failed and inhibited': [0, 0, 0, 0, 0],
};

describe('desired weight', () => {
  for (const [name, duty] of Object.entries(duties))
    for (const [index, [found, actual]] of Object.entries(actuals).entries()) {
      const weight = weights[name as keyof typeof duties][index];
      it(`${name}, found ${found}: ${weight === undefined ? 'none' : weight}`, () =>
        assert.equal(desiredWeight(duty, actual, now), weight));
    }
});

describe('live connections', () => {
  const rows: [service: DestinationState['service'], counts: [active: number, inactive: number], living: number][] = [
    [tcp, [5, 40], 5],
    [tcp, [0, 40], 0],
    [{ ...tcp, protocol: 'sctp' }, [5, 40], 5],
    [{ ...tcp, protocol: 'udp' }, [0, 3], 3],
    [{ ...tcp, protocol: 'udp' }, [0, 0], 0],
    [{ firewallMark: 7, family: 'ipv4' }, [1, 2], 3],
  ];
  for (const [service, [activeConnections, inactiveConnections], living] of rows)
    it(`${'protocol' in service ? service.protocol : 'a mark'} with ${activeConnections} active and ${inactiveConnections} inactive: ${living}`, () => {
      assert.equal(livingConnections({ service, activeConnections, inactiveConnections }), living);
      const weight = desiredWeight(duties.leaving, { service, weight: 0, activeConnections, inactiveConnections }, now);
      assert.equal(weight, living === 0 ? undefined : 0);
    });
});

describe('desired services', () => {
  it('are one for each address and mark, with scheduler, flags and persistence', () => {
    const service = serviceConfig({
      protocol: 'udp',
      matches: [
        { address: ip('10.0.0.1'), port: 53 },
        { address: ip('fd00::1'), port: 53 },
        { firewallMark: 7, family: 'ipv4' },
      ],
      scheduler: 'mh',
      schedulerFlags: ['fallback', 'port'],
      onePacket: true,
      persistence: { timeout: 90_400 as never },
    });
    const entries = desiredServices(service);
    assert.deepEqual(entries.map(serviceKey), ['udp 10.0.0.1:53', 'udp [fd00::1]:53', 'mark 7']);
    assert.deepEqual(
      entries.map(({ persistence }) => persistence),
      [32, 128, 32].map((prefixLength) => ({ timeout: 90, prefixLength })),
    );
    for (const { scheduler, fallback, hashPort, onePacket } of entries)
      assert.deepEqual([scheduler, fallback, hashPort, onePacket], ['mh', true, true, true]);
  });
});

describe('a destination', () => {
  const endpoint = { address: ip('10.1.0.1'), port: 8080 };
  const match = { address: ip('10.0.0.1'), port: 80 };
  for (const [what, server, expected] of [
    ['masquerading rewrites the port', {}, 8080],
    ['masquerading without a port of its own keeps it', { endpoint: { ...endpoint, port: 0 } }, 80],
    ['direct routing keeps the port', { forwarding: 'direct' }, 80],
    ['tunnelling keeps the port', { forwarding: 'tunnel' }, 80],
  ] as [string, Partial<RealServerConfig>, number][])
    it(`${what}`, () =>
      assert.equal(destinationOf(serviceConfig({}), match, serverConfig({ endpoint, ...server }), 1).port, expected));

  it('carries thresholds and the tunnel where there are any', () => {
    const tunnel = { type: 'gre', port: 0, checksum: 'full' } as const;
    const server = serverConfig({ endpoint, forwarding: 'tunnel', tunnel, maxConnections: 9, resumeConnections: 4 });
    const entry = destinationOf(serviceConfig({}), match, server, 3);
    assert.deepEqual(
      [destinationKey(entry), entry.tunnel, entry.upperThreshold, entry.lowerThreshold, entry.weight],
      ['tcp 10.0.0.1:80 -> 10.1.0.1:80', tunnel, 9, 4, 3],
    );
    assert.ok(!('tunnel' in destinationOf(serviceConfig({}), match, serverConfig({ endpoint }), 3)));
  });
});

describe('desired daemons', () => {
  it('are a master and a backup under one id, or none', () => {
    const sync = { interface: 'e', syncId: 5, maxLength: 100, group: ip('224.0.0.81'), port: 8848, ttl: 1 };
    assert.deepEqual(
      desiredDaemons({ ...sync, refresh: 1 as never, preemptWait: 1 as never }).map(
        ({ state, syncId }) => `${state} ${syncId}`,
      ),
      ['master 5', 'backup 5'],
    );
    assert.deepEqual(desiredDaemons(undefined), []);
  });
});
