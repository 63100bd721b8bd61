// What a drain or a weight would change.

import assert from 'node:assert/strict';
import type { ServerStatus, ServiceStatus } from '../../../../controller/control/status.ts';
import { planCommand } from '../../../../controller/planning/command-cost.ts';

const server = (name: string, change: Partial<ServerStatus> = {}): ServerStatus => ({
  name,
  address: name,
  health: 'up',
  reason: '',
  since: 0,
  lasted: 0 as never,
  drained: false,
  configuredWeight: 100,
  weight: 100,
  livingConnections: 0,
  ...change,
});
const service = (...servers: ServerStatus[]): ServiceStatus => ({
  name: 'web',
  address: '',
  scheduler: 'wrr',
  servers,
});
const commanded = { by: 'lb0', at: 0 };

describe('the cost of a command', () => {
  for (const [title, servers, change, effect, text] of [
    [
      'a drain beside another',
      [server('a', { livingConnections: 12 }), server('b')],
      { drained: true },
      'hitless',
      'takes no new connections; its 12 live connections continue',
    ],
    [
      'one connection',
      [server('a', { livingConnections: 1 }), server('b')],
      { drained: true },
      'hitless',
      'takes no new connections; its live connection continues',
    ],
    [
      'a drain of the last',
      [server('a'), server('b', { health: 'down' })],
      { drained: true },
      'refuses',
      'takes no new connections; it has no live connection; no other server of web takes any',
    ],
    [
      'beside a drained one',
      [server('a'), server('b', { drained: true, weight: 0 })],
      { drained: true },
      'refuses',
      'takes no new connections; it has no live connection; no other server of web takes any',
    ],
    [
      'weight 0 is a drain',
      [server('a'), server('b')],
      { weight: 0 },
      'hitless',
      'takes no new connections; it has no live connection',
    ],
    [
      'half the weight',
      [server('a'), server('b')],
      { weight: 50 },
      'hitless',
      'weight 50: about 33% of the new connections instead of 50%; it has no live connection',
    ],
    [
      'back to the configured',
      [server('a', { weight: 50, command: { ...commanded, weight: 50 } }), server('b')],
      { weight: 'as configured' },
      'hitless',
      'weight 100: about 50% of the new connections instead of 33%; it has no live connection',
    ],
    [
      'an undrain',
      [server('a', { drained: true, weight: 0, command: commanded }), server('b')],
      { drained: false },
      'hitless',
      'weight 100: about 50% of the new connections instead of 0%; it has no live connection',
    ],
    [
      'an undrain keeps a weight by command',
      [server('a', { drained: true, weight: 0, command: { ...commanded, weight: 300 } }), server('b')],
      { drained: false },
      'hitless',
      'weight 300: about 75% of the new connections instead of 0%; it has no live connection',
    ],
    [
      'a drain of one that is down',
      [server('a', { health: 'down', weight: 0 })],
      { drained: true },
      'hitless',
      'takes no new connections; it has no live connection; it is down, and takes none now either',
    ],
  ] as const)
    it(`${title}: ${effect}`, () =>
      assert.deepEqual(planCommand([service(...servers)], 'a', change), [
        { subject: 'real server a of web', change: text, effect },
      ]));

  it('is a line for each service that has the server', () => {
    const lines = planCommand(
      [service(server('a')), service(server('b')), { ...service(server('a'), server('c')), name: 'api' }],
      'a',
      { drained: true },
    );
    assert.deepEqual(
      lines.map(({ subject, effect }) => [subject, effect]),
      [
        ['real server a of web', 'refuses'],
        ['real server a of api', 'hitless'],
      ],
    );
  });
});
