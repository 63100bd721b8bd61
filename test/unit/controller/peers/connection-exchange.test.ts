// What holds preemption back, by what routers and peers show from one look to the next.

import assert from 'node:assert/strict';
import { type Instant, milliseconds } from '../../../../base/units.ts';
import type { ConnectionSyncConfig } from '../../../../config/model/service-model.ts';
import { openConnectionExchange } from '../../../../controller/peers/connection-exchange.ts';
import type { PeerStatus } from '../../../../controller/peers/peers.ts';
import { ip } from '../../../../net/ip-address.ts';
import type { RouterStatus } from '../../../../vrrp/status.ts';
import { busyStatus } from '../control/busy-status.ts';

const [router] = busyStatus().routers;
if (router === undefined) throw new Error('unreachable');
const lb0: PeerStatus = {
  address: '192.168.66.11:8550',
  director: 'lb0',
  reachable: true,
  since: 0,
  lasted: milliseconds(0),
  pending: false,
};

const follow = (theirs: number): RouterStatus => {
  const { heldBack: _, ...rest } = router;
  return { ...rest, state: 'backup', priority: 100, master: { address: ip('192.168.55.11'), priority: theirs } };
};

/** An exchange that has waited as long as it may, and is free. */
const openFree = () => {
  let wait = 0;
  let routers: readonly RouterStatus[] = [{ ...follow(90), heldBack: 'it waits' }];
  let peer = lb0;
  const logged: string[] = [];
  const exchange = openConnectionExchange({
    sync: () => ({ preemptWait: milliseconds(wait) }) as ConnectionSyncConfig,
    peers: () => ({ status: () => [peer], askTable: () => new Promise(() => {}) }),
    destinations: () => new Map(),
    timeouts: () => ({}) as never,
    routers: () => routers,
    onHeldBack: () => undefined,
    clock: () => 0 as Instant,
    log: (_level, { event }) => logged.push(event ?? ''),
  });
  exchange.look();
  wait = 60_000;
  return {
    logged,
    look: (theirs: number, isThere: boolean): boolean => {
      routers = [follow(theirs)];
      peer = isThere ? lb0 : { ...lb0, reachable: false, lastError: 'no answer' };
      exchange.look();
      return exchange.heldBack() !== undefined;
    },
  };
};

describe('the exchange of connections', () => {
  it('holds preemption back once a peer is lost', () => {
    const { look } = openFree();
    assert.deepEqual([look(150, true), look(150, false), look(150, false)], [false, true, true]);
  });

  it('does not where the master that it follows falls below it, before or afterwards', () => {
    const after = openFree();
    assert.deepEqual([after.look(150, true), after.look(150, false), after.look(90, false)], [false, true, false]);
    assert.deepEqual(after.logged, ['preemption-forced', 'preemption-forced']);
    const before = openFree();
    assert.deepEqual([before.look(150, true), before.look(90, false), before.look(90, false)], [false, false, false]);
  });

  it('does where it never ranked above it', () => {
    const { look } = openFree();
    assert.deepEqual([look(90, true), look(90, false)], [false, true]);
  });
});
