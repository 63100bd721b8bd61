// Half-open checks by the healthcheck process: what it says of a server that answers, of one that refuses, and where it may not
// open raw sockets.

import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import { milliseconds } from '../../../base/units.ts';
import type { Target } from '../../../healthcheck/messages.ts';
import { ip } from '../../../net/ip-address.ts';
import { createNamespace, type Namespace, removeNamespaces, until } from '../namespaces.ts';
import { type RunningProcess, startProcess } from './running-process.ts';

const target = (address: string, port: number): Target => ({
  id: `${address} ${port}`,
  endpoint: { address: ip(address), port },
  check: {
    type: 'tcp',
    halfOpen: true,
    interval: milliseconds(200),
    timeout: milliseconds(150),
    rise: 2,
    fall: 2,
  },
});
const targets = [target('127.0.0.1', 80), target('::1', 80), target('127.0.0.1', 81)];

describe('a half-open check', function () {
  this.timeout(30_000);
  let host: Namespace;
  let server: Server;
  let probing: RunningProcess | undefined;
  let accepted = 0;

  before(async () => {
    host = createNamespace('half');
    server = host.enter(() => createServer(() => (accepted += 1)).listen(80));
    await until('the server listens', () => server.listening);
  });
  afterEach(() => probing?.close());
  after(() => {
    server.close();
    removeNamespaces();
  });

  it('finds a server up that answers, and down where none listens', async () => {
    probing = await startProcess(host);
    probing.configure(targets);
    await until('all are known', () => targets.every(({ id }) => probing?.verdictOn(id) !== undefined), 10_000);
    await until('the refusal is told', () => probing?.errorOf('127.0.0.1 81') !== undefined, 10_000);
    assert.deepEqual(
      targets.map(({ id }) => [probing?.verdictOn(id)?.health, probing?.errorOf(id)]),
      [
        ['up', undefined],
        ['up', undefined],
        ['down', 'connection refused'],
      ],
    );
    server.close();
    await until('it is noticed', () => probing?.verdictOn('127.0.0.1 80')?.health === 'down', 10_000);
    server = host.enter(() => createServer(() => (accepted += 1)).listen(80));
    await until('it is back', () => probing?.verdictOn('127.0.0.1 80')?.health === 'up', 10_000);
    assert.equal(accepted, 0);
  });

  it('is a fault of this host without CAP_NET_RAW, and leaves the verdict', async () => {
    probing = await startProcess(host, ['setpriv', '--bounding-set', '-net_raw', '--inh-caps', '-all']);
    probing.configure(targets);
    const faults = () => probing?.heard.filter((message) => message.type === 'local-fault') ?? [];
    await until('it is said', () => faults().length > 0, 10_000);
    assert.match(JSON.stringify(faults()), /CAP_NET_RAW is missing/);
    assert.equal(probing.verdictOn('127.0.0.1 80'), undefined);
  });
});
