// Connections as /proc/net/ip_vs_conn of Linux 6.1 shows them, and as the sync protocol's messages carry them.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionEntry, parseConnections, readConnections } from '../../../../kernel/ipvs/connections.ts';
import { encodeSyncMessages, isEstablished } from '../../../../kernel/ipvs/sync-message.ts';

const heading = 'Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData';
const four = 'TCP C0A837C8 9C40 C0A83764 0050 C0A8426F 1F90 ESTABLISHED     899';
const six =
  'TCP fd55:0000:0000:0000:0000:0000:0000:0200 9C40 fd55:0000:0000:0000:0000:0000:0000:0100 0050 fd66:0000:0000:0000:0000:0000:0000:0111 0050 FIN_WAIT         20';
const template = 'IP  C0A83700 0000 00000007 0000 C0A8426F 0000 ASSURED         300';

const one = (line: string): ConnectionEntry => {
  const [entry] = parseConnections(line);
  assert.ok(entry !== undefined, line);
  return entry;
};
const masq = () => ({ forwarding: 'masq' as const });
const hex = (text: string): string => text.replaceAll(/\s|\|/g, '');

describe('a connection of the kernel’s table', () => {
  it('is read in IPv4', () => {
    const { fingerprint, ...entry } = one(four);
    assert.deepEqual(entry, {
      protocol: 'tcp',
      client: { address: '192.168.55.200', port: 40_000 },
      virtual: { address: '192.168.55.100', port: 80 },
      server: { address: '192.168.66.111', port: 8080 },
      state: 'ESTABLISHED',
      expires: 899,
      isTemplate: false,
    });
    assert.equal(fingerprint, one(four.replace('ESTABLISHED     899', 'FIN_WAIT          1')).fingerprint);
    assert.notEqual(fingerprint, one(four.replace('9C40', '9C41')).fingerprint);
  });

  it('is read in IPv6', () => {
    const { client, virtual, server, state } = one(six);
    assert.deepEqual(
      [client.address, virtual.address, server.address, state],
      ['fd55::200', 'fd55::100', 'fd66::111', 'FIN_WAIT'],
    );
  });

  it('is a template where a client has no port', () => {
    const { protocol, isTemplate, state } = one(template);
    assert.deepEqual([protocol, isTemplate, state], ['any', true, 'ASSURED']);
    assert.equal(one(four).isTemplate, false);
  });

  it('is left out with the heading, noise, an engine’s memory, and a server of the other family', () => {
    const engine = 'UDP C0A837C8 0000 C0A83764 13C4 C0A8426F 13C4 NONE            300 sip        abc@host';
    const mixed = four.replace('C0A8426F', 'fd66:0000:0000:0000:0000:0000:0000:0111');
    assert.deepEqual(parseConnections([heading, '', 'noise', engine, mixed].join('\n')), []);
    assert.equal(parseConnections([heading, four, six, template, ''].join('\n')).length, 3);
  });

  it('is read whole from a table of many portions', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'regent-connections-'));
    const path = join(folder, 'ip_vs_conn');
    const count = 20_000;
    const lines = Array.from({ length: count }, (_, index) =>
      four.replace('9C40', (0x1000 + index).toString(16).toUpperCase()),
    );
    writeFileSync(path, `${[heading, ...lines].join('\n')}\n`);
    const entries = await readConnections(path);
    rmSync(folder, { recursive: true });
    assert.equal(new Set(entries.map(({ client }) => client.port)).size, count);
    assert.deepEqual(await readConnections(path), []);
  });

  for (const [line, expected] of [
    [four, true],
    [six, false],
    [template, false],
    [four.replace('TCP', 'UDP').replace('ESTABLISHED', 'UDP        '), false],
  ] as const)
    it(`${line.slice(0, 20)}… is ${expected ? 'cut' : 'not cut'} where nobody knows of it`, () =>
      assert.equal(isEstablished(one(line)), expected));
});

describe('a message of connection synchronisation', () => {
  it('is as the kernel lays it out in IPv4', () => {
    const [message, ...more] = encodeSyncMessages([one(four)], masq, 51);
    assert.deepEqual(more, []);
    assert.equal(
      message?.toString('hex'),
      hex(
        '00 33 002c 01 01 0000 | 00 06 0024 00000000 0001 9c40 0050 1f90 00000000 00000383 | c0a837c8 c0a83764 c0a8426f',
      ),
    );
  });

  it('is as the kernel lays it out in IPv6, and inactive once one side has ended', () => {
    const [message] = encodeSyncMessages([one(six)], () => ({ forwarding: 'direct' }), 0);
    assert.equal(
      message?.subarray(0, 32).toString('hex'),
      hex('00 00 0050 01 01 0000 | 01 06 0048 00000103 0004 9c40 0050 0050 00000000 00000014'),
    );
    assert.equal(message?.length, 80);
  });

  it('carries a template with its firewall mark', () => {
    const [message] = encodeSyncMessages([one(template)], () => ({ forwarding: 'masq', firewallMark: 7 }), 1);
    assert.equal(
      message?.subarray(8, 32).toString('hex'),
      hex('00 00 0024 00001000 0001 0000 0000 0000 00000007 0000012c'),
    );
  });

  it('is no longer than every daemon has room for', () => {
    const lines = Array.from({ length: 100 }, (_, index) =>
      four.replace('9C40', (0x8000 + index).toString(16).toUpperCase()),
    );
    const messages = encodeSyncMessages(parseConnections(lines.join('\n')), masq, 51);
    assert.equal(
      messages.reduce((sum, message) => sum + (message[4] ?? 0), 0),
      100,
    );
    for (const message of messages) {
      assert.ok(message.length <= 1024);
      assert.equal(message.readUInt16BE(2), message.length);
      assert.equal(message.length, 8 + 36 * (message[4] ?? 0));
    }
  });

  it('says nothing of what is over, or belongs to no service', () => {
    const over = ['TIME_WAIT', 'CLOSE', 'LISTEN', 'NONE'].map((state) => one(four.replace('ESTABLISHED', state)));
    assert.deepEqual(encodeSyncMessages(over, masq, 51), []);
    assert.deepEqual(
      encodeSyncMessages([one(four)], () => undefined, 51),
      [],
    );
  });
});
