// gRPC checks against a server on loopback, with TLS and without.

import assert from 'node:assert/strict';
import { type Authority, createAuthority } from '../../../servers/certificates.ts';
import { makeTarget } from '../../../servers/checks.ts';
import { type GrpcBehaviour, startGrpcServer } from '../../../servers/grpc-server.ts';
import { say } from '../../../servers/listening.ts';
import { judge, keepServers, probe, timeout } from './loopback-checks.ts';

describe('gRPC check', () => {
  const keep = keepServers();
  let authority: Authority;
  before(() => {
    authority = createAuthority();
  });
  after(() => authority.remove());

  const rows: [what: string, behaviour: GrpcBehaviour, keys: Readonly<Record<string, unknown>>, judged: RegExp][] = [
    ['a service by its name', { statuses: { 'a.B': 1 } }, { service: 'a.B' }, /^well$/],
    [
      'a service that it does not know',
      { statuses: { 'a.B': 1 } },
      { service: 'a.C' },
      /^the service is unknown to it \(NOT_FOUND\): unknown service$/,
    ],
    ['a status from the future', { statuses: { '': 9 } }, {}, /^status 9 instead of SERVING$/],
    ['another HTTP status', { httpStatus: 502 }, {}, /^HTTP status 502$/],
  ];
  for (const [what, behaviour, keys, judged] of rows) {
    it(what, async () => {
      const { port } = keep(await startGrpcServer(behaviour));
      assert.match(judge(await probe(makeTarget('grpc', port, keys), timeout)), judged);
    });
  }

  it('speaks TLS where asked, verifies, and warns', async () => {
    const { port } = keep(await startGrpcServer({ identity: authority.issue(['127.0.0.1'], 3.5) }));
    const outcome = await probe(makeTarget('grpc', port, { tls: { ca: authority.ca } }), timeout);
    assert.equal(judge(outcome), 'well');
    assert.match(String(outcome.warning), /^certificate expires in 3 days/);
    assert.ok(Math.abs((outcome.certificateExpires ?? 0) - Date.now() - 3.5 * 86_400_000) < 3_600_000);
    const distrusted = makeTarget('grpc', port, { tls: { ca: authority.ca, server_name: 'x.example' } });
    assert.match(judge(await probe(distrusted, timeout)), /^Host: x\.example\. is not/);
  });

  it('fails on a server of another kind', async () => {
    const { port } = keep(await say('220 mail.example.org\r\n'));
    assert.notEqual(judge(await probe(makeTarget('grpc', port), timeout)), 'well');
  });
});
