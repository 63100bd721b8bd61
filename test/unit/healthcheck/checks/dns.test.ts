// DNS checks against a server on loopback.

import assert from 'node:assert/strict';
import { makeTarget } from '../../../servers/checks.ts';
import { type DnsBehaviour, startDnsServer } from '../../../servers/dns-server.ts';
import { say } from '../../../servers/listening.ts';
import { haste, judge, keepServers, probe, timeout } from './loopback-checks.ts';

describe('DNS check', () => {
  const keep = keepServers();
  const name = 'www.example';
  const address = { type: 'A', name, ttl: 60, data: '192.0.2.1' } as const;
  const soa = {
    type: 'SOA',
    name,
    ttl: 60,
    data: { mname: 'ns.example', rname: 'root.example', serial: 7, refresh: 1, retry: 2, expire: 3, minimum: 4 },
  } as const;
  const ask = { query_name: `${name}.`, record_type: 'A' };
  const wants = { ...ask, expected_answer: '192.0.2.1' };
  const setId = (bytes: Buffer): Buffer => {
    bytes.writeUInt16BE(bytes.readUInt16BE(0) ^ 1, 0);
    return bytes;
  };
  const rows: [what: string, behaviour: DnsBehaviour, keys: Readonly<Record<string, unknown>>, judged: RegExp][] = [
    ['any answer', { answers: [] }, ask, /^well$/],
    ['the record among others', { answers: [{ ...address, data: '192.0.2.9' }, address] }, wants, /^well$/],
    ['no record', { answers: [] }, wants, /^the answer holds no A record$/],
    ['an expected NXDOMAIN', { rcode: 3 }, { ...ask, expected_rcode: 'NXDOMAIN' }, /^well$/],
    ['an unexpected NXDOMAIN', { rcode: 3 }, ask, /^answered NXDOMAIN instead of NOERROR$/],
    [
      'the words that matter of a long record, in any case, with a dot or without',
      { answers: [soa] },
      { ...ask, record_type: 'SOA', expected_answer: 'NS.example. root.example 7' },
      /^well$/,
    ],
    [
      'another word',
      { answers: [soa] },
      { ...ask, record_type: 'SOA', expected_answer: 'ns.example root.example 8' },
      /^answered ns\.example root\.example 7 1 2 3 4 instead of ns\.example root\.example 8$/,
    ],
    [
      'text',
      { answers: [{ type: 'TXT', name, ttl: 1, data: 'v=spf1 -all' }] },
      { ...ask, record_type: 'TXT', expected_answer: 'v=spf1 -all' },
      /^well$/,
    ],
    [
      'an exchange',
      { answers: [{ type: 'MX', name, ttl: 1, data: { preference: 10, exchange: 'mail.example' } }] },
      { ...ask, record_type: 'MX', expected_answer: '10 mail.example' },
      /^well$/,
    ],
  ];
  for (const transport of ['udp', 'tcp']) {
    for (const [what, behaviour, keys, judged] of rows) {
      it(`by ${transport}, ${what}`, async () => {
        const { port } = keep(await startDnsServer(behaviour));
        assert.match(judge(await probe(makeTarget('dns', port, { transport, ...keys }), timeout)), judged);
      });
    }
  }

  it('passes over a datagram with another id, and says so in the end (RFC 5452 9.1)', async () => {
    const { port } = keep(await startDnsServer({ answers: [address], distort: setId }));
    assert.equal(
      judge(await probe(makeTarget('dns', port, wants), haste)),
      'no matching answer (one was ignored: the answer has another id than the question) within 150 ms',
    );
  });

  it('fails at once where a stream has another id, or is no DNS', async () => {
    const { port } = keep(await startDnsServer({ answers: [address], distort: setId }));
    const tcp = { ...wants, transport: 'tcp' };
    assert.equal(
      judge(await probe(makeTarget('dns', port, tcp), timeout)),
      'the answer has another id than the question',
    );
    const mail = keep(await say('\0\x05hello'));
    assert.equal(judge(await probe(makeTarget('dns', mail.port, tcp), timeout)), 'the answer is not DNS');
  });

  it('says that a truncated answer wants TCP, which then holds it', async () => {
    const { port } = keep(await startDnsServer({ answers: [address], truncates: true }));
    assert.match(judge(await probe(makeTarget('dns', port, wants), timeout)), /truncated.*"transport: tcp"/);
    assert.equal(judge(await probe(makeTarget('dns', port, { ...wants, transport: 'tcp' }), timeout)), 'well');
  });
});
