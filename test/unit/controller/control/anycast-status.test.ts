// What the status warns of where routers do not get what is announced.

import assert from 'node:assert/strict';
import { milliseconds } from '../../../../base/units.ts';
import { anycastWarnings } from '../../../../controller/control/anycast-status.ts';
import { ip } from '../../../../net/ip-address.ts';
import type { EngineState, Session } from '../../../../routing/engine-state.ts';

const announcedFor = (lasted: number) => ({
  name: 'web',
  addresses: ['192.0.2.10/32', '2001:db8::10/128'],
  state: 'announced' as const,
  lasted,
  reason: 'this director runs',
});
const session = (isUp: boolean, prefixes: readonly string[], isOff = false): Session => ({
  neighbour: ip('10.0.0.1'),
  state: isUp ? 'Established' : 'Active',
  isUp,
  isOff,
  exported: prefixes.map((prefix) => ({ prefix, origin: 'igp', med: 0 })),
  ...(isUp ? {} : { lastError: 'Hold timer expired' }),
});
const both = ['192.0.2.10/32', '2001:db8::10/128'];
const down = 'the session with the router 10.0.0.1 is not up but Active (Hold timer expired)';
const silent = 'it does not answer within 2 s';

describe('the status warns of anycast addresses', () => {
  const rows: readonly (readonly [string, EngineState | undefined, number, readonly string[]])[] = [
    ['nothing where no daemon is named', undefined, 60_000, []],
    ['nothing where all is exported', { sessions: [session(true, both)] }, 60_000, []],
    ['a silent daemon', { silent }, 60_000, [`the routing daemon cannot be asked: ${silent}`]],
    [
      'no session',
      { sessions: [] },
      60_000,
      ['the routing daemon has no BGP session: no router learns of the anycast addresses'],
    ],
    ['a session that is down', { sessions: [session(true, both), session(false, [])] }, 60_000, [down]],
    ['no session that is switched off', { sessions: [session(true, both), session(false, [], true)] }, 60_000, []],
    [
      'what no router gets',
      { sessions: [session(true, both.slice(0, 1))] },
      60_000,
      ['anycast web is announced to no router: 2001:db8::10/128'],
    ],
    ['nothing of what was announced a moment ago', { sessions: [session(true, [])] }, 2000, []],
  ];
  for (const [what, engine, lasted, expected] of rows)
    it(what, () => {
      const anycast = [announcedFor(milliseconds(lasted))];
      assert.deepEqual(anycastWarnings({ config: {}, anycast, anycastHeld: undefined, engine }), expected);
    });
});
