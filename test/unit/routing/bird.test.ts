// What BIRD 2.0.12 said, read.

import assert from 'node:assert/strict';
import { bfdOf, exportedOf, sessionsOf } from '../../../routing/bird.ts';
import { isWholeReply, parseReply } from '../../../routing/bird-reply.ts';
import { captured } from './captured.ts';

const lines = (name: string) => parseReply(captured(`bird-${name}`));

describe("BIRD's replies", () => {
  it('are whole with their last line, however they arrive', () => {
    const whole = Buffer.from(captured('bird-protocols').slice('0001 BIRD 2.0.12 ready.\n'.length));
    assert.ok(isWholeReply(whole));
    for (let length = 0; length < whole.length; length += 1)
      assert.ok(!isWholeReply(whole.subarray(0, length)), `whole after ${length} of ${whole.length} bytes`);
  });

  it('name all BGP sessions, with state, hold time and the last error', () =>
    assert.deepEqual(sessionsOf(lines('protocols')), [
      {
        protocol: 'dn',
        neighbour: '10.0.0.99',
        state: 'Active',
        isUp: false,
        isOff: false,
        lastError: 'Socket: No route to host',
      },
      { protocol: 'passiv', neighbour: 'fd00::77', state: 'Passive', isUp: false, isOff: false },
      { protocol: 'offf', neighbour: '10.0.0.98', state: 'Down', isUp: false, isOff: true },
      { protocol: 'filt', neighbour: '10.0.0.12', state: 'Established', isUp: true, isOff: false, holdTime: 3000 },
      { protocol: 'r', neighbour: '10.0.0.1', state: 'Established', isUp: true, isOff: false, holdTime: 9000 },
    ]));

  it('name the neighbours that BFD reaches', () => assert.deepEqual([...bfdOf(lines('bfd'))], [['10.0.0.1', 'up']]));

  it('name the routes of a session: IGP without an attribute', () =>
    assert.deepEqual(exportedOf(lines('export-plain')), [
      { prefix: '192.0.2.10/32', origin: 'igp', med: 0 },
      { prefix: '2001:db8::10/128', origin: 'igp', med: 0 },
    ]));

  it('name what the filter sets', () =>
    assert.deepEqual(exportedOf(lines('export-filtered')), [
      { prefix: '192.0.2.10/32', origin: 'incomplete', med: 7 },
    ]));

  it('that are errors throw its words', () =>
    assert.throws(() => lines('nonsense'), /^Error: it says: syntax error, unexpected CF_SYM_UNDEFINED$/));

  for (const nonsense of ['HTTP/1.1 400 Bad Request\n', ' 1\n', '\0\0\0\n'])
    it(`are not ${JSON.stringify(nonsense)}`, () => assert.throws(() => parseReply(nonsense), /not one of BIRD/));
});
