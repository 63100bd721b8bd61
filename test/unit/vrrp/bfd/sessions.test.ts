// The BFD sessions of a host through a change of its configuration.

import assert from 'node:assert/strict';
import { type Instant, milliseconds } from '../../../../base/units.ts';
import type { BfdConfig } from '../../../../config/model/tracking-model.ts';
import { ip } from '../../../../net/ip-address.ts';
import { runBfd } from '../../../../vrrp/bfd/sessions.ts';

const config = (name: string, peer: string, multiplier = 3): BfdConfig => ({
  name,
  peer: ip(peer),
  minTx: milliseconds(300),
  minRx: milliseconds(300),
  multiplier,
});

describe('BFD sessions', () => {
  it('go on where their own configuration is the same', () => {
    const deeds: string[] = [];
    const sessions = runBfd(
      {
        clock: () => 0 as Instant,
        at: () => () => undefined,
        random: () => 0.5,
        open: ({ peer }) => {
          deeds.push(`opens ${peer}`);
          return { send: () => undefined, refused: () => 0, close: () => deeds.push(`closes ${peer}`) };
        },
      },
      { onState: () => undefined, onLoss: () => undefined, onError: () => undefined },
    );
    const names = () => sessions.status().map(({ name }) => name);
    sessions.configure([config('one', '10.0.0.1'), config('two', '10.0.0.2')]);
    deeds.length = 0;
    sessions.configure([config('two', '10.0.0.2', 5), config('three', '10.0.0.3'), config('one', '10.0.0.1')]);
    assert.deepEqual(deeds, ['closes 10.0.0.2', 'opens 10.0.0.2', 'opens 10.0.0.3']);
    assert.deepEqual(names(), ['two', 'three', 'one']);
    deeds.length = 0;
    sessions.configure([]);
    assert.deepEqual([deeds.length, names()], [3, []]);
  });
});
