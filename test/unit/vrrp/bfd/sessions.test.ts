// The BFD sessions of a host through a change of its configuration.

import assert from 'node:assert/strict';
import { type Instant, milliseconds } from '../../../../base/units.ts';
import type { BfdConfig } from '../../../../config/model/tracking-model.ts';
import { type IpAddress, ip } from '../../../../net/ip-address.ts';
import { encodeControl, type SessionStateName } from '../../../../vrrp/bfd/packet.ts';
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
        soon: setImmediate,
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

  /** Sessions whose packets are given by hand, in a time that is set by hand. */
  const played = () => {
    let now = 0;
    const timers = new Set<{ readonly at: number; readonly callback: () => void }>();
    const told: string[] = [];
    let receive: (payload: Uint8Array, source: IpAddress) => void = () => undefined;
    const sessions = runBfd(
      {
        clock: () => now as Instant,
        at: (at, callback) => {
          const timer = { at, callback };
          timers.add(timer);
          return () => timers.delete(timer);
        },
        soon: setImmediate,
        random: () => 0.5,
        open: (_config, onPacket) => {
          receive = onPacket;
          return { send: () => undefined, refused: () => 0, close: () => undefined };
        },
      },
      {
        onState: (name, { state, reason }) => told.push(`${now} ${name} ${state}: ${reason}`),
        onLoss: () => undefined,
        onError: () => undefined,
      },
    );
    const hear = (state: SessionStateName): void =>
      receive(
        encodeControl({
          state,
          diagnostic: 'none',
          poll: false,
          final: false,
          multiplier: 250,
          myDiscriminator: 7,
          yourDiscriminator: state === 'down' ? 0 : 0x7fff_ffff + 1,
          minTx: milliseconds(300),
          minRx: milliseconds(300),
        }),
        ip('10.0.0.1'),
      );
    const pass = (span: number): void => {
      const end = now + span;
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= end).toSorted((one, other) => one.at - other.at);
        if (next === undefined) break;
        timers.delete(next);
        now = Math.max(now, next.at);
        next.callback();
      }
      now = end;
    };
    const comeUp = (): void => {
      hear('down');
      hear('up');
    };
    return { sessions, told, hear, pass, comeUp };
  };

  it('that were up and do not come up with another configuration are down after a while', () => {
    const { sessions, told, pass, comeUp } = played();
    sessions.configure([config('one', '10.0.0.1')]);
    comeUp();
    pass(1000);
    told.length = 0;
    sessions.configure([config('one', '10.0.0.1', 5)]);
    pass(6000);
    // Another change meanwhile grants no more time.
    sessions.configure([config('one', '10.0.0.1', 6)]);
    pass(3900);
    assert.deepEqual(
      told.filter((line) => / (up|down):/.test(line)),
      [],
    );
    pass(200);
    assert.deepEqual(told.slice(-1), [
      '11000 one down: has not come up again since its configuration or the process changed',
    ]);
    comeUp();
    assert.deepEqual(told.slice(-1), ['11100 one up: is up']);
  });
  it('that come up in time with another configuration tell nothing of it', () => {
    const { sessions, told, pass, comeUp } = played();
    sessions.configure([config('one', '10.0.0.1')]);
    comeUp();
    sessions.configure([config('one', '10.0.0.1', 5)]);
    comeUp();
    pass(20_000);
    assert.deepEqual(
      told.filter((line) => / down:/.test(line)),
      [],
    );
  });
  it('that were up in an earlier process and do not come up are down after a while', () => {
    const { sessions, told, pass } = played();
    sessions.configure([config('one', '10.0.0.1'), config('two', '10.0.0.2')], new Set(['one']));
    pass(20_000);
    assert.deepEqual(
      told.filter((line) => / (up|down):/.test(line)),
      ['10000 one down: has not come up again since its configuration or the process changed'],
    );
  });
  it('that were never up wait on with another configuration', () => {
    const { sessions, told, pass } = played();
    sessions.configure([config('one', '10.0.0.1')]);
    sessions.configure([config('one', '10.0.0.1', 5)]);
    pass(20_000);
    assert.deepEqual(
      told.filter((line) => / (up|down):/.test(line)),
      [],
    );
  });
});
