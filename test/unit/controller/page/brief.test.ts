// A page is told of thousands of servers when one changes, and else now and then.

import assert from 'node:assert/strict';
import { tellBriefly } from '../../../../controller/page/brief.ts';
import type { DirectorView, Status } from '../../../../controller/page/view.ts';
import { busyStatus } from '../control/busy-status.ts';

const viewOf = (servers: number, change: object = {}): DirectorView => {
  const [service] = busyStatus().services;
  assert.ok(service !== undefined);
  const [server] = service.servers;
  assert.ok(server !== undefined);
  const list = Array.from({ length: servers }, (_, index) => ({
    ...server,
    name: `rs${index}`,
    ...(index === 7 && change),
  }));
  const status: Status = { ...busyStatus(), services: [{ ...service, servers: list }] };
  return { id: 0, source: '', name: 'lb0', since: 0, status };
};

describe('what a page is told of a director', () => {
  const servicesIn = (view: DirectorView, told: Parameters<typeof tellBriefly>[1], now: number): number => {
    const [message] = tellBriefly(view, told, now);
    assert.ok(message.type === 'director');
    assert.equal(message.servicesStay === true, message.view.status?.services.length === 0);
    return message.view.status?.services.length ?? -1;
  };
  const [, told] = tellBriefly(viewOf(2000), undefined, 0);

  it('is all of it where its servers are few', () => {
    const [, few] = tellBriefly(viewOf(1000), undefined, 0);
    assert.equal(servicesIn(viewOf(1000), few, 100), 1);
  });
  it('has no servers of many while none has changed but in connections, latency and age', () =>
    assert.equal(servicesIn(viewOf(2000, { activeConnections: 9, latency: 3, lasted: 5 }), told, 1000), 0));
  it('has all again after five seconds', () => assert.equal(servicesIn(viewOf(2000), told, 5000), 1));
  for (const change of [
    { health: 'up' },
    { drained: false },
    { weight: 3 },
    { configuredWeight: 5 },
    { name: 'other' },
  ])
    it(`has all at once when one has ${JSON.stringify(change)}`, () =>
      assert.equal(servicesIn(viewOf(2000, change), told, 100), 1));
  it('says that it is not known', () => {
    const { status: _, ...unknown } = viewOf(2000);
    assert.deepEqual(tellBriefly(unknown, told, 100)[0], { type: 'director', view: unknown });
    assert.equal(tellBriefly(unknown, told, 100)[1], undefined, 'all comes again with the next status');
  });
});
