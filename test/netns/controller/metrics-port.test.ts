// Metrics from another host: with TLS, passwords, a token and certificates of clients; what is refused; a certificate that is renewed.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Authority, createAuthority } from '../../servers/certificates.ts';
import { until } from '../namespaces.ts';
import { closeHosts, type Host, logs, openHosts, virtualAddress } from '../vrrp/hosts.ts';
import { askStatus, configure, regent, router, startConfigured } from './operated-director.ts';

// Of "sesame", with 2^4 rounds.
const hash = '$2y$04$Sot2jX0urrb8LXSbgCMAcO7YvGMDwkBYWRZy0S4jpPsQiEjN7Z8O2';

describe('metrics from another host', () => {
  let director: Host;
  let other: Host;
  let authority: Authority;
  const url = 'https://192.168.55.11:9184';

  const configured = (metrics: object): void =>
    configure(director, [router('vip', 51, 150, [virtualAddress])], {
      metrics: { listen: '192.168.55.11:9184', ...metrics },
    });
  /** The answer to a client on the other host: its status, headers and body. */
  const curl = (path: string, ...args: string[]): string =>
    spawnSync(
      'ip',
      [
        'netns',
        'exec',
        other.namespace.name,
        'curl',
        '-s',
        '-i',
        '-m',
        '10',
        '--cacert',
        authority.ca,
        ...args,
        `${url}${path}`,
      ],
      {
        encoding: 'utf8',
      },
    ).stdout;
  const user = ['-u', 'prometheus:sesame'];
  const reload = (): void => assert.equal(regent(director, 'reload').code, 0);

  before(async () => {
    [director, other] = openHosts();
    authority = createAuthority();
    const { certificate, key } = authority.issue(['192.168.55.11']);
    const token = join(director.directory, 'token');
    writeFileSync(token, 'open-says-me\n');
    configured({
      tls_server_config: { cert_file: certificate, key_file: key },
      basic_auth_users: { prometheus: hash },
      bearer_token_file: token,
    });
    startConfigured(director);
    await until('it is master', async () => (await askStatus(director))?.routers[0]?.state === 'master');
    // The process that probes may start later.
    await until('it is ready', () => curl('/readyz', ...user).startsWith('HTTP/1.1 200'));
  });
  after(async () => {
    await closeHosts();
    authority.remove();
  });

  it('answers with the password or the token, and refuses all others', () => {
    assert.match(curl('/metrics', ...user), /^HTTP\/1.1 200[\s\S]*regent_router_state\{/);
    assert.match(curl('/metrics', '-H', 'authorization: Bearer open-says-me'), /^HTTP\/1.1 200/);
    for (const wrong of [
      [],
      ['-u', 'prometheus:sesam'],
      ['-u', 'other:sesame'],
      ['-u', 'prometheus:'],
      ['-H', 'authorization: Bearer open'],
    ])
      for (const path of ['/metrics', '/', '/healthz', '/master/vip', '/nothing'])
        assert.match(curl(path, ...wrong), /^HTTP\/1.1 (401|429)/, `${path} ${wrong}`);
  });
  it('say when their own certificate expires, and what each process uses', () => {
    const text = curl('/metrics', ...user);
    const [, end = ''] = /^regent_metrics_certificate_expiry_timestamp_seconds\{.*\} (\d+)$/m.exec(text) ?? [];
    assert.ok(Number(end) > Date.now() / 1000, text);
    for (const name of ['controller', 'vrrp', 'healthcheck'])
      assert.match(
        text,
        new RegExp(`^regent_process_resident_memory_bytes\\{process="${name}".*\\} [1-9]\\d{6,}$`, 'm'),
      );
  });
  it('is refused in clear text', () =>
    assert.equal(
      spawnSync('ip', [
        'netns',
        'exec',
        other.namespace.name,
        'curl',
        '-s',
        '-m',
        '5',
        'http://192.168.55.11:9184/metrics',
      ]).stdout.length,
      0,
    ));

  for (const [args, path, expected] of [
    [[], '/metrics?x=y', /^HTTP\/1.1 200[\s\S]*regent_router_state/],
    [['--head'], '/metrics', /^HTTP\/1.1 200[\s\S]*content-type: text\/plain; version=0.0.4/],
    [['--head'], '/', /^HTTP\/1.1 200/],
    [[], '/?x', /^HTTP\/1.1 200[\s\S]*href="\/readyz"/],
    [[], '/healthz', /^HTTP\/1.1 200/],
    [[], '/readyz?verbose', /^HTTP\/1.1 200/],
    [[], '/master/vip', /^HTTP\/1.1 200/],
    [[], '/master/none', /^HTTP\/1.1 404/],
    [[], '/nothing', /^HTTP\/1.1 404/],
    [['-X', 'POST'], '/metrics', /^HTTP\/1.1 405[\s\S]*allow: GET, HEAD/],
    [['--compressed'], '/metrics', /^HTTP\/1.1 200[\s\S]*content-encoding: gzip[\s\S]*regent_router_state/],
    [['-H', 'accept-encoding: gzip;q=0'], '/metrics', /^(?![\s\S]*content-encoding)[\s\S]*regent_router_state/],
    [
      ['-H', 'accept: application/openmetrics-text'],
      '/metrics',
      /application\/openmetrics-text; version=1.0.0[\s\S]*# EOF\n$/,
    ],
  ] as const)
    it(`${path} ${args.join(' ')}`, () => assert.match(curl(path, ...user, ...args), expected));

  it('takes a renewed certificate by a reload, and asks clients for theirs', async () => {
    const { certificate, key } = authority.issue(['192.168.55.11']);
    const client = authority.issue(['prometheus']);
    configured({
      tls_server_config: {
        cert_file: certificate,
        key_file: key,
        client_ca_file: authority.ca,
        client_auth_type: 'RequireAndVerifyClientCert',
      },
    });
    reload();
    await until('a client with a certificate is answered', () =>
      /^HTTP\/1.1 200/.test(curl('/metrics', '--cert', client.certificate, '--key', client.key)),
    );
    assert.equal(curl('/metrics'), '');
  });

  it('says where it cannot be served, and is served once it can', async () => {
    const missing = join(director.directory, 'later.pem');
    const { cert, key } = authority.issue(['192.168.55.11']);
    configured({ tls_server_config: { cert_file: missing, key_file: key } });
    reload();
    await logs(director, /metrics are not served on 192.168.55.11:9184: .*later.pem/);
    assert.match((await askStatus(director))?.warnings.join(' ') ?? '', /metrics are not served: /);
    writeFileSync(missing, cert);
    await until('it is served', () => /^HTTP\/1.1 200/.test(curl('/metrics')));
    assert.doesNotMatch((await askStatus(director))?.warnings.join(' ') ?? '', /metrics/);
    rmSync(missing);
  });
});
