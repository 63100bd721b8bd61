// The names of log lines: one list, in which the events of the vrrp process stand too, with every level that they can have.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { globSync } from 'tinyglobby';
import type { Log } from '../../../../controller/log/log.ts';
import { isLogEvent, logEventGroups } from '../../../../controller/log/log-events.ts';
import type { IpAddress } from '../../../../net/ip-address.ts';
import type { Reason } from '../../../../vrrp/election/reason.ts';
import { describeVrrpEvent } from '../../../../vrrp/event-text.ts';
import type { VrrpEventBody } from '../../../../vrrp/events.ts';

const all = logEventGroups.flatMap(({ events }) => Object.entries(events));

describe('the names of log lines', () => {
  it('are kebab-case, and each stands in one group alone', () => {
    const names = all.map(([name]) => name);
    assert.deepEqual(
      names.filter((name) => !/^[a-z]+(-[a-z]+)*$/.test(name)),
      [],
    );
    assert.deepEqual(names, [...new Set(names)]);
    assert.ok(names.every(isLogEvent));
  });
  it('have a sentence and a level each', () => {
    for (const [name, { levels, meaning }] of all) {
      assert.match(meaning, /^[A-Z`].*\.$/, name);
      assert.ok(levels.length > 0, name);
    }
  });

  it('are required, each with a level of its own, or the program does not compile', () => {
    const log: Log = () => undefined;
    // @ts-expect-error a line without a name
    log('info', { process: 'vrrp' }, 'started');
    // @ts-expect-error a name that is not declared
    log('info', { process: 'vrrp', event: 'vrrp-began' }, 'started');
    // @ts-expect-error a level that this name does not have
    log('error', { process: 'vrrp', event: 'vrrp-started' }, 'started');
    log('info', { process: 'vrrp', event: 'vrrp-started' }, 'started');
  });
  it('are all given somewhere', () => {
    const files = globSync(['{controller,vrrp,cli}/**/*.ts'], { ignore: ['controller/log/log-events.ts'] });
    const text = files.map((file) => readFileSync(file, 'utf8')).join('\n');
    const given = new Set([...text.matchAll(/'([a-z-]+)'/g)].map(([, name]) => name));
    assert.deepEqual(
      all.map(([name]) => name).filter((name) => !given.has(name)),
      [],
    );
  });

  const source = '192.168.55.12' as IpAddress;
  const router = 'vip';
  const reason = (code: Reason['code']): Reason => ({ code, text: 'why' });
  const transition = { type: 'transition', router, from: 'master', to: 'backup' } as const;
  const address = { type: 'address', router, interface: 'eth0', address: '192.168.55.100/32' } as const;
  const routing = { type: 'routing', router, kind: 'route', entry: 'default' } as const;
  const splitBrain = { type: 'split-brain', router, rivals: [], text: 'why' } as const;
  const drop = { type: 'dropped', interface: 'eth0', source, reason: 'ttl', count: 2 } as const;
  const events: readonly VrrpEventBody[] = [
    { ...transition, reason: reason('fault') },
    { ...transition, reason: reason('outranked') },
    { type: 'master-heard', router, master: source, priority: 100 },
    ...(['added', 'removed', 'adopted', 'restored', 'expired', 'recovered'] as const).map((change) => ({
      ...address,
      change,
    })),
    ...(['added', 'removed', 'cleared', 'restored'] as const).map((change) => ({ ...routing, change })),
    { type: 'announced', router, interfaces: ['eth0'], why: 'why', waiting: 0 },
    drop,
    { ...drop, router },
    { type: 'tracked', item: 'script a', state: 'up', reason: 'why' },
    { type: 'tracked', item: 'script a', state: 'down', reason: 'why' },
    { type: 'priority', router, from: 100, to: 90, reasons: ['why'] },
    { type: 'priority', router, from: 90, to: 100, reasons: ['why'] },
    ...(['begun', 'widened', 'ended'] as const).map((phase) => ({ ...splitBrain, phase })),
    { type: 'mismatch', router, source, text: 'why' },
    { type: 'handover-failed', router, message: 'why' },
    { type: 'configured', routers: 2, message: 'why' },
    ...(['sysctl', 'keys-unreadable', 'record-unwritten', 'kernel-error', 'warning'] as const).map((type) => ({
      type,
      message: 'why',
    })),
  ];
  for (const event of events) {
    const [level, text] = describeVrrpEvent(event);
    it(`of ${event.type} allow ${level}: ${text}`, () =>
      assert.ok(all.some(([name, { levels }]) => name === event.type && levels.includes(level))));
  }
});
