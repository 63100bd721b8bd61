// What bgpd of FRR 8.4.4 said, read.

import assert from 'node:assert/strict';
import { exportedOf, isWholeAnswer, parseAnswer, sessionsOf } from '../../../routing/frr.ts';
import { captured } from './captured.ts';

describe("FRR's answers", () => {
  it('are whole with their status, whatever it is', () => {
    for (const status of [0, 1, 2]) {
      const whole = Buffer.concat([Buffer.from('{}\n'), Buffer.from([0, 0, 0, status])]);
      assert.ok(isWholeAnswer(whole));
      for (let length = 0; length < whole.length; length += 1) assert.ok(!isWholeAnswer(whole.subarray(0, length)));
    }
  });

  it('name all sessions, with state, hold time, BFD and why they are down', () =>
    assert.deepEqual(sessionsOf(parseAnswer(captured('frr-neighbours'))), [
      {
        neighbour: '10.0.0.1',
        state: 'Active',
        isUp: false,
        isOff: false,
        lastError: 'BFD down received',
        bfd: 'up',
        families: ['ipv4', 'ipv6'],
      },
      {
        neighbour: '10.0.0.11',
        state: 'Established',
        isUp: true,
        isOff: false,
        holdTime: 3000,
        families: ['ipv4'],
      },
      {
        neighbour: '10.0.0.98',
        state: 'Idle',
        isUp: false,
        isOff: true,
        lastError: 'Admin. shutdown',
        families: ['ipv4'],
      },
      {
        neighbour: '10.0.0.99',
        state: 'Active',
        isUp: false,
        isOff: false,
        lastError: 'Waiting for peer OPEN',
        families: ['ipv4'],
      },
    ]));

  it('name the routes of a session', () => {
    const routes = ['frr-advertised', 'frr-advertised6'].flatMap((name) => exportedOf(parseAnswer(captured(name))));
    assert.deepEqual(routes, [
      { prefix: '192.0.2.10/32', origin: 'igp', med: 0 },
      { prefix: '2001:db8::10/128', origin: 'igp', med: 0 },
    ]);
  });

  it('name another origin and metric', () => {
    const other = captured('frr-advertised')
      .replace('"bgpOriginCode":"i"', '"bgpOriginCode":"?"')
      .replace('"metric":0', '"metric":7');
    assert.deepEqual(exportedOf(parseAnswer(other)), [{ prefix: '192.0.2.10/32', origin: 'incomplete', med: 7 }]);
  });

  it('that warn name no route', () => assert.deepEqual(exportedOf(parseAnswer(captured('frr-warning'))), []));

  it('that are errors throw its words', () =>
    assert.throws(
      () => parseAnswer(captured('frr-unknown')),
      /^Error: it says: % \[BGP\] Unknown command: show nonsense$/,
    ));

  for (const [nonsense, message] of [
    ['', 'its answer is empty'],
    ['[1]', 'it says: [1]'],
    ['{"a":', 'it says: {"a":'],
  ] as const)
    it(`are not ${JSON.stringify(nonsense)}`, () => assert.throws(() => parseAnswer(nonsense), { message }));

  for (const odd of [{}, { peer: 1 }, { '10.0.0.1': {} }, { '10.0.0.1': { bgpState: 7 } }, { x: { bgpState: 'Idle' } }])
    it(`without a session are none: ${JSON.stringify(odd)}`, () => assert.deepEqual(sessionsOf(odd), []));
});
