// A message between directors: read with its signature, and refused without.

import assert from 'node:assert/strict';
import { decodePeerMessage, encodePeerMessage, peerGreeting } from '../../../../controller/peers/message.ts';
import { limitOf, sign, signedHeaders } from '../../../../controller/peers/signed-body.ts';
import { added, drained, key } from './exchanged.ts';

describe('a message of a director', () => {
  const body = encodePeerMessage('lb0', { commands: drained, memberships: added }, peerGreeting('1.0.0'));
  it('is read with its signature', () =>
    assert.deepEqual(decodePeerMessage(body, sign(body, key), key), {
      director: 'lb0',
      build: '1.0.0',
      serving: [],
      commands: [...drained.values()],
      memberships: [...added.values()],
    }));
  for (const [what, text, signature, words] of [
    ['another key', body, sign(body, Buffer.from('another key')), /signature/],
    ['no signature', body, undefined, /signature/],
    ['a signature cut short', body, sign(body, key).slice(2), /signature/],
    ['another body', body.replace('rs0', 'rs1'), sign(body, key), /signature/],
    ['no JSON', '{', sign('{', key), /not a message/],
    ['no commands', '{"director":"lb0"}', sign('{"director":"lb0"}', key), /not a message/],
  ] as const)
    it(`is refused with ${what}`, () => assert.match(String(decodePeerMessage(text, signature, key)), words));

  for (const [what, hello, words] of [
    ['a protocol that is too new', { protocol: 3, oldest: 2, build: '3.0' }, /its build 3\.0 needs protocol 2/],
    ['none, as of an older build', undefined, /object/],
  ] as const)
    it(`is judged by its first field: ${what}`, () => {
      const text = JSON.stringify({ ...(hello && { hello }), director: 'lb0', commands: [] });
      assert.match(String(decodePeerMessage(text, sign(text, key), key)), words);
    });

  it('has as many bytes as its sender has signed, and few where that is not signed', () => {
    const headers = (given: Readonly<Record<string, string | number>>) =>
      Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]));
    const own = headers(signedHeaders('x'.repeat(100_000), key));
    assert.equal(limitOf(own, key), 100_000);
    assert.equal(limitOf(headers(signedHeaders('x'.repeat(9 * 2 ** 20), key)), key), 8 * 2 ** 20);
    for (const change of [
      { 'content-length': '100001' },
      { 'regent-signature': sign('y', key) },
      { 'regent-length-signature': 'ab' },
    ])
      assert.equal(limitOf({ ...own, ...change }, key), 65_536);
    assert.equal(limitOf(own, Buffer.from('another key')), 65_536);
    assert.equal(limitOf({}, key), 65_536);
  });
});
