// Sends this director's connections to the peers' kernels, learns theirs, and holds preemption back until then.

import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../base/error.ts';
import { serially } from '../../base/serially.ts';
import { type Clock, elapsed, type Instant, milliseconds } from '../../base/units.ts';
import { within } from '../../base/within.ts';
import type { ConnectionSyncConfig } from '../../config/model/service-model.ts';
import { type ConnectionEntry, readConnections } from '../../kernel/ipvs/connections.ts';
import type { DestinationState } from '../../kernel/ipvs/entries.ts';
import { encodeSyncMessages, isEstablished } from '../../kernel/ipvs/sync-message.ts';
import type { IpvsTimeouts } from '../../kernel/ipvs/timeouts.ts';
import { sendSyncMessages } from '../../kernel/sockets/sync-sender.ts';
import type { VrrpEvent } from '../../vrrp/events.ts';
import type { RouterStateName, RouterStatus } from '../../vrrp/status.ts';
import type { Log } from '../log/log.ts';
import { activeWithin, settingsIn } from './connection-table.ts';
import type { TableQuestion } from './message.ts';
import type { Peers } from './peers.ts';
import {
  hasDemoted,
  heldAtStart,
  judgePreemption,
  type PeerView,
  type Preemption,
  type Rank,
  type Superiors,
  superiorsOf,
} from './preemption.ts';

/** What the exchange has done since the start of the director. */
export type ExchangeTally = {
  /** Connections sent to the kernels of the peers, besides those that this host's kernel sends by itself. */
  readonly sent: number;
  /** Exchanges that failed, and why the last did. */
  readonly failures: number;
  readonly lastError?: string;
};

export type ConnectionExchange = {
  /** See {@link Peers}. */
  readonly onQuestion: (question: TableQuestion) => Promise<Uint32Array | undefined>;
  /** Why routers may not preempt now. */
  readonly heldBack: () => string | undefined;
  readonly tally: () => ExchangeTally;
  /** Checks the peers once; reports changes by `onHeldBack`. */
  readonly look: () => void;
  /** Sends all connections before mastership is given up; resolves when sent, or at the time limit. */
  readonly sendBeforeLeaving: () => Promise<void>;
  /**
   * Sends connections that the kernel's own daemon has not sent yet, or never sends: those not established. Resolves when sent,
   * or at the time limit.
   */
  readonly sendLatest: () => Promise<void>;
  /** Sends the latest connections when a router is no longer master. */
  readonly note: (event: VrrpEvent) => void;
};

export type ConnectionExchangeOptions = {
  readonly sync: () => ConnectionSyncConfig | undefined;
  readonly peers: () => Pick<Peers, 'status' | 'askTable'> | undefined;
  readonly destinations: () => ReadonlyMap<string, DestinationState>;
  readonly timeouts: () => IpvsTimeouts;
  readonly routers: () => readonly RouterStatus[];
  readonly onHeldBack: () => void;
  readonly clock: Clock;
  readonly log: Log;
};

const holdingStates: readonly RouterStateName[] = ['master', 'leaving'];
/** How long a backup daemon may take to read the messages, in milliseconds. */
const settling = 500;
/** The kernel's own daemon sends buffered connections within two seconds. */
const unsent = milliseconds(5000);
/** The longest time until a network cut is noticed. */
const detection = milliseconds(5000);
const leavingLimit = milliseconds(2000);
/** Connections encoded in one turn of the loop. */
const portion = 2000;
/** Once all peers were reachable for this long, none can miss older connections. */
const contactTime = milliseconds(60_000);

export const openConnectionExchange = (options: ConnectionExchangeOptions): ConnectionExchange => {
  const { sync, peers, destinations, timeouts, clock, log } = options;
  const about = { process: 'ipvs' } as const;
  let state: Preemption = heldAtStart;
  let superiors: Superiors = new Map();
  /** Since when a peer may miss new connections: from the start or a peer's loss, until all were reachable for `contactTime`. */
  let quietSince: Instant | undefined = clock();
  let completeSince: Instant | undefined;
  let reported: string | undefined;
  /** By the peer's address. */
  const tables = new Map<string, NonNullable<PeerView['table']>>();
  const asking = new Set<string>();
  const inTurn = serially();
  let complaint = '';
  let [sent, failures] = [0, 0];

  const rules = (): boolean => options.routers().some(({ state: name }) => name === 'master');
  const rank = (): Rank => {
    const routers = options.routers();
    superiors = superiorsOf(superiors, routers);
    return {
      wouldPreempt: routers.some(
        ({ state: name, heldBack: held, master, priority }) =>
          name === 'backup' && held !== undefined && master !== undefined && master.priority < priority,
      ),
      isDemoted: hasDemoted(superiors, routers),
    };
  };

  const complain = (error: unknown): void => {
    const text = messageOf(error);
    failures += 1;
    if (text !== complaint)
      log('warn', { ...about, event: 'connections-not-sent' }, `connections are not exchanged: ${text}`);
    complaint = text;
  };

  const sendConnections = (entries: readonly ConnectionEntry[]): Promise<void> => {
    const config = sync();
    if (config === undefined) return Promise.resolve();
    const settingsOf = settingsIn(destinations().values());
    const send = async (): Promise<void> => {
      for (let start = 0; start < entries.length; start += portion) {
        const messages = encodeSyncMessages(entries.slice(start, start + portion), settingsOf, config.syncId);
        await sendSyncMessages(config, messages);
      }
      sent += entries.length;
    };
    return inTurn(send).catch(complain);
  };

  const views = (): PeerView[] =>
    (peers()?.status() ?? []).map(({ address, director, reachable, lastError }) => {
      const table = tables.get(address);
      const contact = reachable ? 'there' : lastError === undefined ? 'untried' : 'away';
      return { name: director ?? address, contact, ...(table !== undefined && { table }) };
    });

  /** Compares a peer's connections with those known here, once the peer has sent them. */
  const ask = async (address: string): Promise<void> => {
    const answer = await peers()?.askTable(address, rules());
    if (answer === undefined) return;
    await sleep(settling);
    const own = new Set((await readConnections()).map(({ fingerprint }) => fingerprint));
    const { established } = answer;
    const missing = established.reduce((count, one) => count + (own.has(one) ? 0 : 1), 0);
    tables.set(address, { established: established.length, missing });
  };

  const noteContact = (): void => {
    const lost = (peers()?.status() ?? []).filter(({ reachable }) => !reachable);
    for (const { address } of lost) tables.delete(address);
    if (lost.length > 0) {
      completeSince = undefined;
      quietSince ??= clock();
      return;
    }
    completeSince ??= clock();
    if (elapsed(completeSince, clock()) > contactTime) quietSince = undefined;
  };

  const isOn = (): boolean => sync() !== undefined && peers() !== undefined;
  const heldBack = (): string | undefined => (isOn() && state.name === 'held' ? state.reason : undefined);

  const judge = (): void => {
    const config = sync();
    if (config !== undefined && peers() === undefined)
      complain(
        new Error(
          'no peers are configured: this director cannot ask for their connections, and cuts them when it preempts',
        ),
      );
    if (config !== undefined && peers() !== undefined) {
      const [next, lines] = judgePreemption(state, views(), rank(), config.preemptWait, clock());
      state = next;
      for (const { level, event, text } of lines) log(level, { ...about, event }, text);
      if (state.name === 'free') tables.clear();
    }
    if (reported === heldBack()) return;
    reported = heldBack();
    options.onHeldBack();
  };

  const askAll = (): void => {
    for (const { address, reachable } of peers()?.status() ?? []) {
      if (reachable && !asking.has(address)) {
        asking.add(address);
        ask(address)
          .catch((error: Error) => complain(new Error(`${address} did not send its connections: ${error.message}`)))
          .finally(() => {
            asking.delete(address);
            judge();
          });
      }
    }
  };

  const sendInTime = async (
    chosen: (entries: readonly ConnectionEntry[]) => readonly ConnectionEntry[],
  ): Promise<void> => {
    const done = readConnections()
      .then((entries) => sendConnections(chosen(entries)))
      .catch(complain);
    await within(leavingLimit, done);
  };

  let latest: Promise<void> | undefined;
  const sendLatest = async (): Promise<void> => {
    if (sync() === undefined) return;
    // The routers of a group lose mastership together: the table is read once, after the last of them.
    latest ??= nextTurn().then(() => {
      latest = undefined;
      return sendInTime((entries) => activeWithin(entries, unsent, timeouts()));
    });
    await latest;
  };

  return {
    onQuestion: async ({ director, rules: askerRules }) => {
      if (sync() === undefined) return undefined;
      // Only a master has clients; a backup knows no more than it was sent.
      if (!rules()) return new Uint32Array();
      const entries = await readConnections();
      // A master misses the connections since the loss of contact; a backup may miss all.
      const since = quietSince === undefined ? unsent : milliseconds(elapsed(quietSince, clock()) + detection);
      const chosen = askerRules ? activeWithin(entries, since, timeouts()) : entries;
      const text = `sends ${chosen.length} connections to the kernel of ${director}, which asked for them`;
      log('info', { ...about, event: 'connections-sent' }, text);
      void sendConnections(chosen);
      return Uint32Array.from(entries.filter(isEstablished), ({ fingerprint }) => fingerprint);
    },
    heldBack,
    tally: () => ({ sent, failures, ...(complaint !== '' && { lastError: complaint }) }),
    look: () => {
      noteContact();
      if (isOn() && state.name === 'held') askAll();
      judge();
    },
    sendBeforeLeaving: async () => {
      if (sync() !== undefined && rules()) await sendInTime((entries) => entries);
    },
    sendLatest,
    note: (event) => {
      if (event.type === 'transition' && holdingStates.includes(event.from) && !holdingStates.includes(event.to))
        void sendLatest();
    },
  };
};
