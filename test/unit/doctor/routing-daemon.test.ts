// What doctor says of the routing daemon's sessions: what notices a host that has gone, and a daemon that is frozen.

import assert from 'node:assert/strict';
import { milliseconds } from '../../../base/units.ts';
import { judgeEngine } from '../../../doctor/routing-daemon.ts';
import { ip } from '../../../net/ip-address.ts';
import type { Session } from '../../../routing/engine-state.ts';

const announced = [{ address: ip('192.0.2.10'), prefixLength: 32 }];
const session = (seconds: number, bfd?: 'up' | 'down'): Session => ({
  neighbour: ip('10.0.0.1'),
  state: 'Established',
  isUp: true,
  isOff: false,
  holdTime: milliseconds(seconds * 1000),
  ...(bfd && { bfd }),
  exported: [{ prefix: '192.0.2.10/32', origin: 'igp', med: 0 }],
});

describe('the doctor at a routing daemon', () => {
  const rows = [
    ['bird', 9, undefined, undefined],
    ['bird', 240, undefined, /only after 240 s that this host is gone or its daemon frozen: use BFD/],
    ['bird', 0, undefined, /notices never/],
    ['bird', 240, 'up', undefined],
    ['bird', 240, 'down', /only after 240 s/],
    ['frr', 180, 'up', /only after 180 s that bgpd is frozen, for which bfdd still answers/],
    ['frr', 9, 'up', undefined],
    ['frr', 180, undefined, /only after 180 s that this host is gone/],
  ] as const;
  for (const [type, seconds, bfd, expected] of rows)
    it(`${type}, hold time ${seconds} s, ${bfd === undefined ? 'no BFD' : `BFD ${bfd}`}`, () => {
      const found = judgeEngine({ type, socket: '/s' }, { sessions: [session(seconds, bfd)] }, announced);
      if (expected === undefined) assert.deepEqual(found, []);
      else {
        assert.deepEqual(
          found.map(({ code }) => code),
          ['hold-long'],
        );
        assert.match(found[0]?.message ?? '', expected);
      }
    });
});
