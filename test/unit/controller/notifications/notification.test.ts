// What others are told of, in the forms that scripts and FIFO readers get.

import assert from 'node:assert/strict';
import { milliseconds } from '../../../../base/units.ts';
import { parseConfig } from '../../../../config/source/load.ts';
import {
  createGroupWatch,
  createRouterNotices,
  serverNotices,
  serviceNotices,
} from '../../../../controller/notifications/changes.ts';
import {
  environmentOf,
  keepalivedLine,
  type Notification,
  notificationOf,
} from '../../../../controller/notifications/notification.ts';
import { ip } from '../../../../net/ip-address.ts';
import type { ReasonCode } from '../../../../vrrp/election/reason.ts';
import type { VrrpEvent } from '../../../../vrrp/events.ts';
import type { RouterStateName } from '../../../../vrrp/status.ts';

const transition = (to: RouterStateName, code: ReasonCode = 'startup', router = 'vip'): VrrpEvent => ({
  type: 'transition',
  router,
  from: 'backup',
  to,
  reason: { code, text: 'because' },
  at: 1_800_000_000_000,
});

const group: Notification = {
  director: 'lb0',
  subject: 'group',
  name: 'lab',
  state: 'master',
  from: 'backup',
  reason: 'because',
  at: 1_800_000_000_000,
};
const router: Notification = { ...group, subject: 'router', name: 'vip', priority: 150 };
const service = { protocol: 'tcp', address: ip('192.168.55.100'), port: 80 };
const server: Notification = {
  ...router,
  subject: 'server',
  name: 'rs0',
  state: 'down',
  service,
  server: { address: ip('192.168.66.111'), port: 80 },
};

describe('a notification', () => {
  const rows = [
    { event: transition('master'), state: 'master' },
    { event: transition('backup'), state: 'backup' },
    { event: transition('initialize', 'fault'), state: 'fault' },
    { event: transition('initialize', 'shutdown'), state: 'stop' },
    { event: transition('candidate'), state: undefined },
    { event: transition('leaving'), state: undefined },
  ];
  for (const { event, state } of rows)
    it(`of a transition to ${event.type === 'transition' ? event.to : ''} says ${state ?? 'nothing'}`, () =>
      assert.equal(notificationOf('lb0', event)?.state, state));

  const lines = [
    { notification: router, line: 'INSTANCE "vip" MASTER 150\n' },
    { notification: { ...router, state: 'fault' }, line: 'INSTANCE "vip" FAULT 150\n' },
    { notification: group, line: 'GROUP "lab" MASTER 0\n' },
    { notification: server, line: 'RS [192.168.66.111]:tcp:80 [192.168.55.100]:tcp:80 DOWN\n' },
    { notification: { ...server, subject: 'service', state: 'up' }, line: 'VS [192.168.55.100]:tcp:80 UP\n' },
    {
      notification: { ...server, subject: 'service', service: { firewallMark: 7 } },
      line: 'VS FWM 7 DOWN\n',
    },
    { notification: { ...server, service: { firewallMark: 7 } }, line: 'RS [192.168.66.111]:none:80 FWM 7 DOWN\n' },
    { notification: { ...router, subject: 'split-brain', state: 'begun' }, line: undefined },
  ] as const;
  for (const { notification, line } of lines)
    it(`is for keepalived's readers ${JSON.stringify(line)}`, () => assert.equal(keepalivedLine(notification), line));

  it('is a script’s environment, absent fields left out', () =>
    assert.deepEqual(environmentOf(router), {
      REGENT_DIRECTOR: 'lb0',
      REGENT_SUBJECT: 'router',
      REGENT_NAME: 'vip',
      REGENT_STATE: 'master',
      REGENT_FROM: 'backup',
      REGENT_REASON: 'because',
      REGENT_TIME: '2027-01-15T08:00:00.000Z',
      REGENT_PRIORITY: '150',
    }));
  it('names service and server to a script', () => {
    const { REGENT_SERVICE, REGENT_SERVER } = environmentOf(server);
    assert.deepEqual([REGENT_SERVICE, REGENT_SERVER], ['tcp 192.168.55.100:80', '192.168.66.111:80']);
    assert.equal(environmentOf({ ...server, service: { firewallMark: 7 } }).REGENT_SERVICE, 'firewall mark 7');
  });
});

describe('who is told of what', () => {
  const parsed = parseConfig(
    `director: lb0
vrrp:
  groups: [{ name: lab, routers: [vip, gateway] }]
  routers:
    - { name: vip, interface: a, virtual_router_id: 1, priority: 150, addresses: [192.0.2.1] }
    - { name: gateway, interface: b, virtual_router_id: 1, priority: 120, addresses: [192.0.2.2] }
virtual_services:
  - name: web
    address: 192.0.2.1:80
    real_servers: [{ name: rs0, address: 198.51.100.1:8080 }]
  - name: marked
    firewall_marks: [7]
    real_servers: [{ name: rs0, address: 198.51.100.1:8080 }]
`,
    'test.yaml',
  );
  assert.ok(parsed.ok);
  const { config } = parsed;

  it('of a router, with its priority, and of the group once every member is there, without one', () => {
    const notices = createRouterNotices();
    const told = (event: VrrpEvent) =>
      notices(config, event).map(({ subject, name, state, priority }) => `${subject} ${name} ${state} ${priority}`);
    assert.deepEqual(told(transition('master')), ['router vip master 150']);
    assert.deepEqual(told(transition('master', 'startup', 'gateway')), [
      'router gateway master 120',
      'group lab master undefined',
    ]);
    assert.deepEqual(told(transition('backup')), ['router vip backup 150']);
    assert.deepEqual(told(transition('master')), ['router vip master 150'], 'the group was master all along');
    assert.deepEqual(told(transition('candidate')), []);
  });
  it('of a fault of a group as soon as one member has it, and of its end when none has', () => {
    const notices = createRouterNotices();
    const told = (event: VrrpEvent) =>
      notices(config, event).map(({ subject, name, state }) => `${subject} ${name} ${state}`);
    for (const name of ['vip', 'gateway']) told(transition('master', 'no-advertisement', name));
    assert.deepEqual(told(transition('initialize', 'fault')), ['router vip fault', 'group lab fault']);
    assert.deepEqual(told(transition('backup', 'group', 'gateway')), ['router gateway backup']);
    assert.deepEqual(told(transition('backup', 'startup')), ['router vip backup', 'group lab backup']);
  });

  it('of two masters, when that begins and when it ends', () => {
    const notices = createRouterNotices();
    const told = (['begun', 'widened', 'ended'] as const).flatMap((phase) =>
      notices(config, { type: 'split-brain', router: 'vip', phase, rivals: [], text: 'because', at: 7 }),
    );
    assert.deepEqual(
      told.map(({ subject, name, state, reason, at }) => `${subject} ${name} ${state} ${reason} ${at}`),
      ['split-brain vip begun because 7', 'split-brain vip ended because 7'],
    );
  });

  it('of nothing for a group that the router is not in', () =>
    assert.equal(createGroupWatch()(config, { ...router, name: 'alone' }), undefined));

  it('of a service that wins or loses its quorum, and of no other judgement', () => {
    const lines = config.virtualServices.flatMap((service) =>
      [
        { type: 'quorum', quorum: 'held', weight: 1, needed: 1 } as const,
        { type: 'quorum', quorum: 'lost', weight: 0, needed: 1 } as const,
        { type: 'mode', mode: 'panic', before: 'normal', healthy: 0, count: 1 } as const,
      ].flatMap((event) => serviceNotices('lb0', service, event, 7).map(keepalivedLine)),
    );
    assert.deepEqual(lines, [
      'VS [192.0.2.1]:tcp:80 UP\n',
      'VS [192.0.2.1]:tcp:80 DOWN\n',
      'VS FWM 7 UP\n',
      'VS FWM 7 DOWN\n',
    ]);
  });

  it('of a server, once for each service that uses it', () => {
    const [web] = config.virtualServices;
    const [rs0] = web?.realServers ?? [];
    assert.ok(web !== undefined && rs0 !== undefined);
    const verdict = {
      type: 'verdict',
      target: 't',
      health: 'down',
      reason: 'refused',
      latency: milliseconds(1),
    } as const;
    const use = { service: web, server: rs0 };
    const [first, ...rest] = serverNotices('lb0', verdict, [use, use], 5);
    assert.equal(rest.length, 1);
    assert.equal(keepalivedLine(first as Notification), 'RS [198.51.100.1]:tcp:8080 [192.0.2.1]:tcp:80 DOWN\n');
    assert.deepEqual(serverNotices('lb0', { ...verdict, health: 'unknown' }, [use], 5), []);
  });
});
