// What the page shows of services, transitions and events, and what it sends.

import assert from 'node:assert/strict';
import { formatAge } from '../../../base/age.ts';
import { addRecords, isShown, noFilter } from '../../../ui/model/events.ts';
import { commandOf, decodeOrder, planOf } from '../../../ui/model/order.ts';
import { allServers, directorsFor, rowsOf, sectionsOf, tablesOf } from '../../../ui/model/services.ts';
import { lastTransitions } from '../../../ui/model/transitions.ts';
import type { DirectorView, LogRecord, Status } from '../../../ui/model/view.ts';
import { describeSpan, latenessBetween } from '../../../ui/model/words.ts';
import { busyStatus } from '../controller/control/busy-status.ts';

const view = (id: number, state: 'master' | 'backup', change: Partial<Status> = {}): DirectorView => {
  const status = busyStatus();
  const routers = status.routers.map((router) => ({ ...router, state }));
  return { id, source: '', name: `lb${id}`, since: 0, status: { ...status, routers, ...change } };
};
const record = (timestamp: string, change: Partial<LogRecord> = {}): LogRecord => ({
  timestamp,
  director: 'lb0',
  level: 'info',
  process: 'vrrp',
  message: `at ${timestamp}`,
  ...change,
});

describe('the tables of services', () => {
  const up = {
    services: busyStatus().services.map((service) => ({
      ...service,
      servers: service.servers.map((server) => ({ ...server, health: 'up' as const, drained: false })),
    })),
  };
  it('are as the master sees them, and say where another director differs', () => {
    const [table] = tablesOf([view(0, 'backup'), view(1, 'master', up)]);
    assert.equal(table?.director.name, 'lb1');
    assert.equal(table?.isMaster, true);
    assert.ok(table !== undefined);
    assert.deepEqual(rowsOf(table, table.service.servers)[0]?.differences, [
      { director: 'lb0', text: 'drained, down' },
    ]);
  });
  it('are of the first director where none is master, and leave unknown ones out', () => {
    const { status: _, ...gone } = view(0, 'master');
    assert.deepEqual(tablesOf([gone]), []);
    const [table] = tablesOf([gone, view(1, 'backup'), view(2, 'backup', { services: [] })]);
    assert.equal(table?.director.name, 'lb1');
    assert.equal(table?.isMaster, false);
  });
  it('are of the master of the address where two directors are masters of something', () => {
    const elsewhere = busyStatus().routers.map((router) => ({ ...router, addresses: ['192.0.2.10/32'] }));
    const [table] = tablesOf([view(0, 'master', { routers: elsewhere }), view(1, 'master')]);
    assert.equal(table?.director.name, 'lb1');
  });

  it('say of a service that another director lacks', () => {
    const [table] = tablesOf([view(0, 'master', up), view(1, 'backup', { services: [] })]);
    assert.ok(table !== undefined);
    assert.deepEqual(rowsOf(table, table.service.servers)[0]?.differences, [
      { director: 'lb1', text: 'does not have it' },
    ]);
  });
  it('are filtered by state, name and address, and fold where they are many', () => {
    const [service] = busyStatus().services;
    const [down] = service?.servers ?? [];
    assert.ok(service !== undefined && down !== undefined);
    const one = { ...down, health: 'up' as const, drained: false };
    const servers = Array.from({ length: 9 }, (_, index) => ({
      ...one,
      name: `rs${index}`,
      address: `10.0.0.${index}:80`,
    }));
    const tables = tablesOf([view(0, 'master', { services: [{ ...service, servers: [...servers, down] }] })]);
    const names = (text: string, troubled = false): string[][] =>
      sectionsOf(tables, { text, troubled }, 5).map((section) => section.servers.map(({ name }) => name));
    assert.deepEqual(names('', true), [['rs0']]);
    assert.deepEqual(names('10.0.0.7'), [['rs7']]);
    assert.deepEqual(names('DRAINED'), [['rs0']]);
    assert.equal(names('web')[0]?.length, 10);
    assert.deepEqual(names('nothing'), []);
    assert.equal(sectionsOf(tables, allServers, 9)[0]?.isOpen, false);
    assert.equal(sectionsOf(tables, allServers, 10)[0]?.isOpen, true);
    assert.equal(sectionsOf(tables, { text: 'rs3', troubled: false }, 9)[0]?.isOpen, true);
  });

  it('give a command to one director where they exchange commands, else to all that answer', () => {
    const { status: _, ...gone } = view(2, 'backup');
    const peers = [{ address: 'a', reachable: true, since: 0, lasted: 0 as never, pending: false }];
    const both = [view(0, 'master', { peers }), view(1, 'backup', { peers: [] }), gone];
    assert.deepEqual(directorsFor(both[0] as DirectorView, both), [0]);
    assert.deepEqual(directorsFor(both[1] as DirectorView, both), [0, 1]);
  });
});

describe('orders', () => {
  for (const [action, command, plan] of [
    [{ do: 'drain', server: 'a/b' }, ['POST', '/v1/servers/a%2Fb/drain'], ['POST', '/v1/servers/a%2Fb/plan']],
    [{ do: 'undrain', server: 'rs0' }, ['POST', '/v1/servers/rs0/undrain'], ['POST', '/v1/servers/rs0/plan']],
    [{ do: 'weigh', server: 'rs0', weight: 3 }, ['PUT', '/v1/servers/rs0/weight'], ['POST', '/v1/servers/rs0/plan']],
    [
      { do: 'weigh', server: 'rs0', weight: 'as configured' },
      ['DELETE', '/v1/servers/rs0/weight'],
      ['POST', '/v1/servers/rs0/plan'],
    ],
    [{ do: 'handover' }, ['POST', '/v1/handover'], ['GET', '/v1/handover']],
    [{ do: 'handover', router: 'a b' }, ['POST', '/v1/handover'], ['GET', '/v1/handover?router=a+b']],
    [{ do: 'resume' }, ['POST', '/v1/resume'], undefined],
  ] as const)
    it(`become requests: ${JSON.stringify(action)}`, () => {
      const order = decodeOrder({ directors: [0], action });
      assert.deepEqual(order, { directors: [0], action });
      const { method, path } = commandOf(action);
      assert.deepEqual([method, path], command);
      const asked = planOf(action);
      assert.deepEqual(asked && [asked.method, asked.path], plan);
    });

  for (const wrong of [
    null,
    'drain',
    {},
    { directors: [0] },
    { directors: [], action: { do: 'drain', server: 'rs0' } },
    { directors: [-1], action: { do: 'drain', server: 'rs0' } },
    { directors: ['0'], action: { do: 'drain', server: 'rs0' } },
    { directors: [0], action: { do: 'drain' } },
    { directors: [0], action: { do: 'weigh', server: 'rs0', weight: 1.5 } },
    { directors: [0], action: { do: 'weigh', server: 'rs0', weight: '1' } },
    { directors: [0], action: { do: 'handover', router: 7 } },
    { directors: [0], action: { do: 'reload' } },
  ])
    it(`are none: ${JSON.stringify(wrong)}`, () => assert.equal(decodeOrder(wrong), undefined));
});

describe('events', () => {
  it('are filtered by director, level, process and text', () => {
    const warning = record('2026-01-01', { level: 'warn', subject: 'rs1', message: 'up -> DOWN' });
    assert.ok(isShown(warning, noFilter));
    assert.ok(!isShown(record('2026-01-01', { level: 'debug' }), noFilter));
    assert.ok(isShown(warning, { director: 'lb0', level: 'warn', process: 'vrrp', text: 'RS1 up' }));
    for (const change of [{ director: 'lb1' }, { level: 'error' }, { process: 'ipvs' }, { text: 'rs2' }] as const)
      assert.ok(!isShown(warning, { ...noFilter, ...change }));
  });
  it('of several directors are in the order of time, and the oldest go', () => {
    const known = addRecords([], [record('2'), record('4')], 3);
    assert.deepEqual(
      addRecords(known, [record('3'), record('5')], 3).map(({ timestamp }) => timestamp),
      ['3', '4', '5'],
    );
    assert.deepEqual(
      addRecords(known, [record('1')], 9).map(({ timestamp }) => timestamp),
      ['1', '2', '4'],
    );
  });
  it('of transitions have the takeover as it was measured, the newest first, without candidates', () => {
    const event = {
      type: 'transition',
      router: 'vip',
      from: 'backup',
      to: 'master',
      reason: { text: 'silence', sinceLastAdvertisement: 3600 },
      takeover: { toAddresses: 1, toAnnouncement: 2, toAdvertisement: 3, timerLateness: 0 },
    };
    const records = [
      record('1', { event }),
      record('2', { event: { ...event, to: 'candidate' } }),
      record('3', { event: { type: 'transition' } }),
      record('4'),
    ];
    assert.deepEqual(
      lastTransitions(records, 9).map(({ timestamp, takeover, silence }) => [timestamp, takeover, silence]),
      [
        ['3', undefined, undefined],
        ['1', { total: 3, addresses: 1 }, 3600],
      ],
    );
  });
});

describe('amounts', () => {
  for (const [span, text] of [
    [0.237, '0.24 ms'],
    [3.14, '3.1 ms'],
    [47.6, '48 ms'],
    [3612, '3.61 s'],
  ] as const)
    it(`${text}`, () => assert.equal(describeSpan(span), text));
  for (const [age, text] of [
    [-5, '0s'],
    [61_000, '1m 1s'],
    [3_700_000, '1h 1m'],
    [90_000_000, '1d 1h'],
  ] as const)
    it(`${text}`, () => assert.equal(formatAge(age), text));
  it('lateness is the mean of the advertisements since the status before, and unknown where there was none', () => {
    const before = busyStatus().routers;
    const after = before.map((router) => ({
      ...router,
      advertisementLateness: { ...router.advertisementLateness, counts: [11, 4, 1], sum: 33 as never },
    }));
    assert.equal(latenessBetween(before, after), 2);
    assert.equal(latenessBetween(before, before), undefined);
    assert.equal(latenessBetween(after, before), undefined);
  });
});
