// The description of the control socket, held against a running director: every path, every response.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { load } from 'js-yaml';
import { readConfig } from '../../../config/source/load.ts';
import { askStatus, configPath, configure, router, startConfigured } from '../../netns/controller/operated-director.ts';
import { until } from '../../netns/namespaces.ts';
import { closeHosts, type Host, openHosts } from '../../netns/vrrp/hosts.ts';

type Json = Readonly<Record<string, unknown>>;
const document = load(
  readFileSync(fileURLToPath(new URL('../../../../docs/control-api.yaml', import.meta.url)), 'utf8'),
) as Json;
const at = (node: unknown, ...keys: string[]): unknown =>
  keys.reduce(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    node,
  );

const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addFormat('date-time', true);
ajv.addSchema(document, 'api');
const pointer = (keys: readonly string[]): string =>
  `api#/${keys.map((key) => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;

/** The schema of a response, through the one reference that a response may be. */
const validatorOf = (path: string, method: string, status: number): [string, ValidateFunction] => {
  const keys = ['paths', path, method.toLowerCase(), 'responses', String(status)];
  const response = at(document, ...keys);
  assert.ok(response !== undefined, `${method} ${path} answers ${status}, which is not described`);
  const reference = at(response, '$ref');
  const place = typeof reference === 'string' ? reference.slice(2).split('/') : keys;
  const [type = ''] = Object.keys(at(document, ...place, 'content') as Json);
  const validate = ajv.getSchema(pointer([...place, 'content', type, 'schema']));
  assert.ok(validate !== undefined, `${method} ${path} ${status} has no schema`);
  return [type, validate];
};

type Row = {
  readonly method: string;
  readonly path: string;
  readonly query?: string;
  readonly params?: Json;
  readonly body?: unknown;
  readonly status: number;
};

const added = '/v1/services/{service}/servers';
const removed = `${added}/{server}`;

const rows: readonly Row[] = [
  { method: 'GET', path: '/v1/status', status: 200 },
  { method: 'GET', path: '/v1/routers/{router}/why', params: { router: 'vip' }, status: 200 },
  { method: 'GET', path: '/v1/routers/{router}/why', params: { router: 'none' }, status: 404 },
  { method: 'GET', path: '/v1/anycast/{entry}/why', params: { entry: 'spread' }, status: 200 },
  { method: 'GET', path: '/v1/anycast/{entry}/why', params: { entry: 'none' }, status: 404 },
  { method: 'GET', path: '/v1/servers/{server}/why', params: { server: 'rs0' }, status: 200 },
  { method: 'GET', path: '/v1/servers/{server}/why', params: { server: 'a/b' }, status: 404 },
  { method: 'POST', path: '/v1/servers/{server}/drain', params: { server: 'rs0' }, status: 200 },
  { method: 'POST', path: '/v1/servers/{server}/drain', params: { server: 'rs9' }, status: 404 },
  {
    method: 'POST',
    path: '/v1/servers/{server}/plan',
    params: { server: 'rs0' },
    body: { drained: true },
    status: 200,
  },
  { method: 'POST', path: '/v1/servers/{server}/plan', params: { server: 'rs0' }, body: { weight: 9 }, status: 200 },
  { method: 'POST', path: '/v1/servers/{server}/plan', params: { server: 'rs0' }, body: { weight: -1 }, status: 400 },
  {
    method: 'POST',
    path: '/v1/servers/{server}/plan',
    params: { server: 'rs9' },
    body: { drained: true },
    status: 404,
  },
  { method: 'PUT', path: '/v1/servers/{server}/weight', params: { server: 'rs0' }, body: { weight: 50 }, status: 200 },
  { method: 'GET', path: '/v1/status', status: 200 },
  { method: 'GET', path: '/v1/servers/{server}/why', params: { server: 'rs0' }, status: 200 },
  { method: 'PUT', path: '/v1/servers/{server}/weight', params: { server: 'rs0' }, body: { weight: -1 }, status: 400 },
  { method: 'PUT', path: '/v1/servers/{server}/weight', params: { server: 'rs9' }, body: { weight: 1 }, status: 404 },
  { method: 'DELETE', path: '/v1/servers/{server}/weight', params: { server: 'rs0' }, status: 200 },
  { method: 'DELETE', path: '/v1/servers/{server}/weight', params: { server: 'rs9' }, status: 404 },
  { method: 'POST', path: '/v1/servers/{server}/undrain', params: { server: 'rs0' }, status: 200 },
  { method: 'POST', path: '/v1/servers/{server}/undrain', params: { server: 'rs9' }, status: 404 },
  {
    method: 'POST',
    path: added,
    params: { service: 'web' },
    body: { address: '192.168.55.13', weight: 5 },
    status: 200,
  },
  { method: 'GET', path: '/v1/status', status: 200 },
  { method: 'POST', path: added, params: { service: 'web' }, body: { address: '192.168.55.13' }, status: 409 },
  { method: 'POST', path: added, params: { service: 'web' }, body: { weight: 5 }, status: 400 },
  {
    method: 'POST',
    path: added,
    params: { service: 'web' },
    body: { address: '192.168.55.9', check: {} },
    status: 400,
  },
  { method: 'POST', path: added, params: { service: 'none' }, body: { address: '192.168.55.13' }, status: 404 },
  { method: 'POST', path: '/v1/plan', body: 'as it is', status: 200 },
  { method: 'POST', path: '/v1/reload', status: 200 },
  { method: 'DELETE', path: removed, params: { service: 'web', server: '192.168.55.13:80' }, status: 200 },
  { method: 'DELETE', path: removed, params: { service: 'web', server: '192.168.55.13:80' }, status: 404 },
  { method: 'DELETE', path: removed, params: { service: 'quorate', server: 'rs0' }, status: 409 },
  { method: 'DELETE', path: removed, params: { service: 'web', server: 'rs0' }, status: 200 },
  { method: 'GET', path: '/v1/status', status: 200 },
  { method: 'POST', path: added, params: { service: 'web' }, body: { address: '192.168.55.12:80' }, status: 200 },
  { method: 'POST', path: '/v1/plan', body: 'as it is', status: 200 },
  { method: 'POST', path: '/v1/plan', body: { vrrp: 1 }, status: 400 },
  { method: 'POST', path: '/v1/reload', status: 200 },
  { method: 'GET', path: '/v1/events', query: '?since=2020-01-01', status: 200 },
  { method: 'GET', path: '/v1/events', query: '?since=yesterday', status: 400 },
  { method: 'GET', path: '/v1/log/levels', status: 200 },
  { method: 'PUT', path: '/v1/log/levels/{room}', params: { room: 'vrrp' }, body: { level: 'debug' }, status: 200 },
  { method: 'PUT', path: '/v1/log/levels/{room}', params: { room: 'vrrp' }, body: { level: 'loud' }, status: 400 },
  { method: 'PUT', path: '/v1/log/levels/{room}', params: { room: 'attic' }, body: { level: 'debug' }, status: 404 },
  { method: 'POST', path: '/v1/processes/{process}/replace', params: { process: 'healthcheck' }, status: 200 },
  { method: 'POST', path: '/v1/processes/{process}/replace', params: { process: 'vrrp' }, status: 409 },
  { method: 'POST', path: '/v1/processes/{process}/replace', params: { process: 'init' }, status: 404 },
  { method: 'GET', path: '/v1/handover', status: 200 },
  { method: 'GET', path: '/v1/handover', query: '?router=none', status: 404 },
  { method: 'POST', path: '/v1/handover', body: { router: 1 }, status: 400 },
  { method: 'POST', path: '/v1/handover', body: { router: 'none' }, status: 404 },
  { method: 'POST', path: '/v1/handover', body: {}, status: 200 },
  { method: 'GET', path: '/v1/status', status: 200 },
  { method: 'POST', path: '/v1/resume', body: { router: 1 }, status: 400 },
  { method: 'POST', path: '/v1/resume', body: { router: 'none' }, status: 404 },
  { method: 'POST', path: '/v1/resume', status: 200 },
];

describe('the control socket', function () {
  this.timeout(240_000);
  let host: Host;

  const ask = (method: string, path: string, body?: string): Promise<{ status: number; type: string; text: string }> =>
    new Promise((resolve, reject) => {
      const asking = request({ socketPath: join(host.directory, 'control.sock'), method, path }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        const { statusCode: status = 0, headers } = response;
        response.on('end', () => resolve({ status, type: headers['content-type'] ?? '', text }));
      });
      asking.on('error', reject);
      asking.end(body);
    });

  // Too quick to be replaced while it is master.
  const vip = { ...router('vip', 51, 150, ['192.168.55.100/32']), advertisement_interval: '30ms' };
  const services = {
    anycast: { addresses: [{ name: 'spread', addresses: ['192.0.2.10/32'] }] },
    virtual_services: [
      {
        name: 'web',
        address: '192.168.55.100:80',
        real_servers: [{ name: 'rs0', address: '192.168.55.12:80', weight: 100 }],
      },
      {
        name: 'quorate',
        address: '192.168.55.100:81',
        quorum: 100,
        real_servers: [{ name: 'rs0', address: '192.168.55.12:81', weight: 100 }],
      },
    ],
    peers: { listen: '192.168.55.11:8550', key_file: '', directors: ['192.168.55.12:8550'] },
  };

  before(async () => {
    [host] = openHosts();
    configure(host, [vip], { ...services, peers: { ...services.peers, key_file: '/etc/hostname-that-is-not-there' } });
    startConfigured(host);
    await until('the router rules', async () => (await askStatus(host))?.routers[0]?.state === 'master', 100_000);
    const health = async () => (await askStatus(host))?.services[0]?.servers[0]?.health;
    await until('the server is judged', async () => (await health()) === 'down', 100_000);
  });
  after(async function () {
    if (this.test?.parent?.tests.some(({ state }) => state === 'failed')) console.error(host.log());
    await closeHosts();
  });

  for (const { method, path, query = '', params = {}, body, status } of rows)
    it(`answers ${status} to ${method} ${path}${query} ${JSON.stringify(body ?? params)}`, async () => {
      const target = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params[name])));
      const loaded = readConfig(configPath(host));
      const sent = body === 'as it is' && loaded.ok ? loaded.config : body;
      // A machine that stood still makes its master a backup for a moment, whose process may be replaced.
      if (path.endsWith('/replace'))
        await until('the router rules', async () => (await askStatus(host))?.routers[0]?.state === 'master', 100_000);
      const answer = await ask(method, target + query, sent === undefined ? undefined : JSON.stringify(sent));
      assert.equal(answer.status, status, answer.text);
      const [type, validate] = validatorOf(path, method, status);
      assert.equal(answer.type, type);
      const values = type === 'application/x-ndjson' ? answer.text.trim().split('\n') : [answer.text];
      for (const text of values) assert.ok(validate(JSON.parse(text)), `${text}\n${ajv.errorsText(validate.errors)}`);
    });

  it('refuses a reload of a wrong file with all its problems', async () => {
    configure(host, [router('vip', 0, 999, [])]);
    const { status, text } = await ask('POST', '/v1/reload');
    const [, validate] = validatorOf('/v1/reload', 'POST', 409);
    assert.equal(status, 409);
    assert.ok(validate(JSON.parse(text)));
    assert.equal((JSON.parse(text) as { problems: string[] }).problems.length, 3);
  });

  it('has a test for every response that is described', () => {
    const tried = new Set([
      ...rows.map(({ method, path, status }) => `${method} ${path} ${status}`),
      'POST /v1/reload 409',
    ]);
    const described = Object.entries(document.paths as Json).flatMap(([path, methods]) =>
      Object.entries(methods as Json).flatMap(([method, operation]) =>
        Object.keys((at(operation, 'responses') as Json | undefined) ?? {}).map(
          (status) => `${method.toUpperCase()} ${path} ${status}`,
        ),
      ),
    );
    assert.deepEqual(
      described.filter((one) => !tried.has(one)),
      [],
    );
  });

  it('says what there is where there is nothing', async () => {
    assert.equal((await ask('GET', '/v2/status')).status, 404);
    const { status, text } = await ask('DELETE', '/v1/status');
    assert.equal(status, 405);
    assert.match(text, /allows GET/);
    assert.equal((await ask('POST', '/v1/handover', '{')).status, 400);
  });
});
