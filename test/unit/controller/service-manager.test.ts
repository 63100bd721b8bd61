// What the service manager hears of a director: when it is ready, how it is, that it lives, and that it stops.

import assert from 'node:assert/strict';
import { milliseconds } from '../../../base/units.ts';
import type { Status } from '../../../controller/control/status.ts';
import {
  noticeEvery,
  openServiceManager,
  type ServiceManager,
  statusLine,
} from '../../../controller/service-manager.ts';
import { listenToNotices } from '../../servers/notices.ts';

const statusOf = (states: readonly string[], healths: readonly string[], warnings: readonly string[] = []): Status =>
  ({
    routers: states.map((state, index) => ({ name: `r${index}`, state })),
    services: [{ servers: healths.map((health) => ({ health })) }],
    warnings,
  }) as unknown as Status;

describe('service notices', () => {
  const rows: readonly [Status, string][] = [
    [statusOf([], []), 'no warnings'],
    [statusOf(['master', 'backup'], []), 'master of r0 (of 2 routers); no warnings'],
    [
      {
        ...statusOf([], []),
        anycast: {
          interface: 'regent0',
          lease: 3,
          addresses: [
            { name: 'web', addresses: [], state: 'announced', lasted: 0, reason: '' },
            { name: 'dns', addresses: [], state: 'draining', lasted: 0, reason: '' },
          ],
        },
      },
      'announces web (of 2 entries); no warnings',
    ],
    [
      statusOf(['backup'], ['up', 'down', 'unknown'], ['x']),
      'master of none (of 1 routers); 1 of 3 servers up; 1 warnings: regent health',
    ],
  ];
  for (const [status, line] of rows) it(`says "${line}"`, () => assert.equal(statusLine(status), line));

  for (const [patience, every] of [
    [undefined, 1000],
    ['15000000', 1000],
    ['2000000', 500],
    ['1000', 10],
  ] as const)
    it(`is told every ${every} ms where the watchdog waits ${patience} us`, () =>
      assert.equal(noticeEvery(patience), every));

  const name = `@regent-notices-${process.pid}`;
  const manager = listenToNotices(name);
  after(() => manager.close());
  let notices: ServiceManager | undefined;
  afterEach(() => notices?.stopping('the test is over'));

  const open = (isWorking: () => boolean, status: () => Status = () => statusOf(['backup'], [])) => {
    manager.heard();
    const environment: NodeJS.ProcessEnv = {
      NOTIFY_SOCKET: name,
      WATCHDOG_USEC: '40000',
      WATCHDOG_PID: '1',
      HOME: '/',
    };
    notices = openServiceManager({ environment, isWorking, status, log: (_, __, text) => assert.fail(text) });
    return { notices, environment };
  };
  const next = async (): Promise<string[]> => {
    for (let turn = 0; turn < 1000; turn += 1) {
      const [datagram] = manager.heard();
      if (datagram !== undefined) return datagram;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    throw new Error('nothing was told');
  };

  it('is ready when its processes answer, and feeds the watchdog while they do', async () => {
    let isWorking = false;
    open(() => isWorking);
    await new Promise((resolve) => setTimeout(resolve, 40));
    assert.deepEqual(manager.heard(), []);
    isWorking = true;
    assert.deepEqual(await next(), ['READY=1', 'STATUS=master of none (of 1 routers); no warnings', 'WATCHDOG=1']);
    assert.deepEqual(await next(), ['WATCHDOG=1']);
    isWorking = false;
    manager.heard();
    await new Promise((resolve) => setTimeout(resolve, 40));
    assert.deepEqual(manager.heard(), []);
  });

  it('tells a status that is another one', async () => {
    let state = 'backup';
    open(
      () => true,
      () => statusOf([state], []),
    );
    await next();
    state = 'master';
    for (let heard = await next(); heard[0] === 'WATCHDOG=1'; heard = await next());
  });

  it('reloads, and is ready again when its processes answer', async () => {
    let isWorking = true;
    const { notices: told } = open(() => isWorking);
    await next();
    manager.heard();
    isWorking = false;
    told.reloading();
    told.reloaded();
    const [reloading, ...rest] = manager.heard();
    assert.equal(reloading?.[0], 'RELOADING=1');
    assert.match(reloading?.[1] ?? '', /^MONOTONIC_USEC=\d+$/);
    assert.deepEqual(rest, []);
    isWorking = true;
    assert.deepEqual(await next(), ['READY=1', 'WATCHDOG=1']);
  });

  it('stops with a last word', async () => {
    const { notices: told } = open(() => true);
    await next();
    manager.heard();
    told.stopping('gives its mastership away');
    assert.deepEqual(manager.heard(), [['STOPPING=1', 'STATUS=gives its mastership away']]);
    await new Promise((resolve) => setTimeout(resolve, 40));
    assert.deepEqual(manager.heard(), []);
  });

  it('gets longer for a stop that drains', async () => {
    const { notices: told } = open(() => true);
    await next();
    manager.heard();
    told.stopping('drains', milliseconds(40_000));
    assert.deepEqual(manager.heard(), [['STOPPING=1', 'STATUS=drains', 'EXTEND_TIMEOUT_USEC=70000000']]);
    await new Promise((resolve) => setTimeout(resolve, 40));
    assert.deepEqual(manager.heard(), []);
  });

  it('keeps the socket from what it starts', () => assert.deepEqual(open(() => true).environment, { HOME: '/' }));

  it('complains once where nobody listens, and not at all where nobody should', async () => {
    const complaints: string[] = [];
    const log = (_: unknown, __: unknown, text: string): void => void complaints.push(text);
    const options = { isWorking: () => true, status: () => statusOf([], []), log };
    const lonely = openServiceManager({
      ...options,
      environment: { NOTIFY_SOCKET: '@regent-nobody', WATCHDOG_USEC: '40000' },
    });
    openServiceManager({ ...options, environment: {} }).reloading();
    await new Promise((resolve) => setTimeout(resolve, 60));
    lonely.stopping('');
    assert.equal(complaints.length, 1);
    assert.match(complaints[0] ?? '', /ECONNREFUSED/);
  });
});
