// A status that is followed: at once, each second, and as soon as something happens.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { followDirector } from '../../../controller/control/client.ts';
import type { Status } from '../../../controller/control/status.ts';
import { until } from '../namespaces.ts';
import { tellDirector } from '../vrrp/director-status.ts';
import { closeHosts, type Host, openHosts, virtualAddress } from '../vrrp/hosts.ts';
import { askStatus, configure, router, startConfigured } from './operated-director.ts';

describe('a status that is followed', () => {
  let host: Host;
  before(async () => {
    [host] = openHosts();
    configure(host, [router('vip', 51, 150, [virtualAddress])]);
    startConfigured(host);
    await until('it is master', async () => (await askStatus(host))?.routers[0]?.state === 'master');
  });
  after(() => closeHosts());

  it('comes again each second, and the news at once', async () => {
    const heard: { readonly at: number; readonly status: Status }[] = [];
    const ending = new AbortController();
    const following = (async () => {
      for await (const line of followDirector(
        join(host.directory, 'control.sock'),
        '/v1/status?follow=true',
        ending.signal,
      ))
        heard.push({ at: performance.now(), status: JSON.parse(line) as Status });
    })().catch(() => undefined);
    await until('four have come', () => heard.length >= 4);
    // Any of them may be read late on a busy machine.
    const span = (heard[3]?.at ?? 0) - (heard[0]?.at ?? 0);
    assert.ok(span > 1500, `four within ${span} ms`);
    await tellDirector(host, '/v1/handover');
    await until('the change is told', () => heard.at(-1)?.status.routers[0]?.aside === true);
    const last = heard.length;
    ending.abort();
    await following;
    assert.ok(last >= 5);
    assert.equal(heard[0]?.status.format, 1);
    assert.match(heard[0]?.status.version ?? '', /^\d+\.\d+\.\d+/);
  });

  it('says that it lives twice a second where it is asked to', async () => {
    const ending = new AbortController();
    const heardAt: number[] = [];
    const empty: string[] = [];
    const following = (async () => {
      const path = '/v1/status?follow=true&beat=true';
      for await (const line of followDirector(join(host.directory, 'control.sock'), path, ending.signal)) {
        heardAt.push(performance.now());
        if (line === '') empty.push(line);
      }
    })().catch(() => undefined);
    await until('some have come', () => empty.length >= 4);
    ending.abort();
    await following;
    const gaps = heardAt.slice(1).map((at, index) => at - (heardAt[index] ?? at));
    assert.ok(Math.max(...gaps) < 1500, `${gaps}`);
  });

  it('costs nothing once the reader has gone', async () => {
    const ending = new AbortController();
    const lines = followDirector(join(host.directory, 'control.sock'), '/v1/status?follow=true', ending.signal);
    await lines.next();
    ending.abort();
    await assert.rejects(async () => {
      for await (const line of lines) assert.ok(line);
    });
    assert.ok(await askStatus(host));
  });
});
