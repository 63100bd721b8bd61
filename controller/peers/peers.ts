// The exchange with the other directors: commands, sent at once and compared every second, and connections, on request.

import { randomUUID } from 'node:crypto';
import { messageOf } from '../../base/error.ts';
import { readRegularFile } from '../../base/regular-file.ts';
import { elapsed, type Instant, type Milliseconds, monotonic } from '../../base/units.ts';
import type { PeersConfig } from '../../config/model/model.ts';
import { type Endpoint, formatEndpoint } from '../../net/endpoint.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { Log } from '../log/log.ts';
import type { PairCommands } from '../operator/operator.ts';
import type { Heartbeat } from '../split-brain/heartbeat.ts';
import type { PeerEvidence } from '../split-brain/verdict.ts';
import { type AnswersOptions, createAnswers } from './answers.ts';
import { post } from './client.ts';
import {
  decodeAnswer,
  decodePeerMessage,
  decodeStatusAnswer,
  encodePeerMessage,
  encodeQuestion,
  encodeStatusQuestion,
  type PeerMessage,
  peerGreeting,
  type StatusAnswer,
  type TableAnswer,
} from './message.ts';
import { differencesOf, type Parity, type SentParity } from './parity.ts';
import { servePeers } from './server.ts';

/** In milliseconds; less than a master down interval: a cut is noticed before the other side is master. */
const exchangeEvery = 1000;
const patience = 2000;
/** In milliseconds; the kernel takes a minute to read a table of a million connections. */
const tablePatience = 120_000;

export type PeerStatus = {
  readonly address: string;
  /** Its name and version, once it has answered. */
  readonly director?: string;
  readonly build?: string;
  readonly reachable: boolean;
  /** Wall time of the last change of `reachable`, milliseconds since the epoch. */
  readonly since: number;
  /** How long ago that was, by the monotonic clock. */
  readonly lasted: Milliseconds;
  readonly lastError?: string;
  /** Whether it may miss the latest command. */
  readonly pending: boolean;
  /** What a failover would change: services, servers and their settings that are others there. Absent while not known. */
  readonly differences?: readonly string[];
  /** The anycast addresses that it announces with the quorum of their services, as it said last. */
  readonly serving?: readonly IpAddress[];
};

type Peer = Omit<PeerStatus, 'lasted' | 'differences'> & {
  readonly endpoint: Endpoint;
  readonly changedAt: Instant;
  /** What it has, as it said last. */
  readonly parity?: Parity;
  /** Its latest heartbeat, and when the request for it was sent. */
  readonly heartbeat?: Heartbeat;
  readonly askedAt?: Instant;
};

export type Peers = {
  readonly status: () => readonly PeerStatus[];
  /** Sends the commands, with a new one, to the others. */
  readonly send: (commands: PairCommands) => void;
  /** Sets the heartbeat that peers are answered with. */
  readonly say: (heartbeat: Heartbeat) => void;
  /** The peers by their latest heartbeats. */
  readonly evidence: () => readonly PeerEvidence[];
  /** Asks a peer, named by its address, for its established connections; the peer also sends them to this host's kernel. */
  readonly askTable: (address: string, rules: boolean) => Promise<TableAnswer>;
  /** Asks a peer, named by its address, for its status. @param limit in milliseconds */
  readonly askStatus: (address: string, since: string | undefined, limit: number) => Promise<StatusAnswer>;
  readonly close: () => void;
};

export type PeersOptions = AnswersOptions & {
  readonly config: PeersConfig;
  /** The version of this director. */
  readonly build: string;
  readonly log: Log;
};

/** A peer sends its facts once: they hold for as long as its digest does. */
const latestOf = (before: Parity | undefined, sent: SentParity): Parity => {
  const { digest, facts = before?.digest === digest ? before.facts : undefined } = sent;
  return { digest, ...(facts && { facts }) };
};

const mostKeyBytes = 2 ** 16;

/** @throws with a readable message when the key cannot be read. */
const readKey = (path: string): Buffer => {
  const key = Buffer.from(readRegularFile(path, mostKeyBytes).toString('utf8').trim());
  if (key.length < 16) throw new Error(`the key in ${path} is shorter than 16 characters`);
  return key;
};

/** @throws with a readable message when the key cannot be read or is too short. */
export const openPeers = (options: PeersOptions): Peers => {
  const { config, director, build, commands, parity, onMessage, log } = options;
  const greeting = peerGreeting(build);
  const key = readKey(config.keyFile);
  const peers = new Map<string, Peer>(
    config.directors.map((endpoint) => {
      const address = formatEndpoint(endpoint);
      return [
        address,
        { address, endpoint, reachable: false, since: Date.now(), changedAt: monotonic(), pending: true },
      ];
    }),
  );
  let isClosed = false;

  const note = (
    address: string,
    result: Pick<PeerMessage, 'director' | 'build' | 'parity' | 'serving'> | { readonly error: string },
    isCurrent = false,
  ) => {
    const before = peers.get(address);
    if (before === undefined || isClosed) return;
    const isReachable = 'director' in result;
    const isChange = before.reachable !== isReachable || ('error' in result && before.lastError === undefined);
    const { lastError: _, ...rest } = before;
    const after: Peer = {
      ...rest,
      ...('director' in result && { director: result.director, ...(result.build && { build: result.build }) }),
      reachable: isReachable,
      ...(isChange && { since: Date.now(), changedAt: monotonic() }),
      pending: !(isReachable && isCurrent),
      ...('error' in result && { lastError: result.error }),
      ...('parity' in result && result.parity && { parity: latestOf(before.parity, result.parity) }),
      ...('serving' in result && result.serving && { serving: result.serving }),
    };
    peers.set(address, after);
    if (!isChange) return;
    const subject = after.director ?? address;
    if (isReachable)
      log(
        'info',
        { process: 'director', subject, event: 'peer-connected' },
        `drains and weights by command are exchanged with ${address}`,
      );
    else {
      log(
        'warn',
        { process: 'director', subject, event: 'peer-lost' },
        `cannot exchange commands with ${address}: ${result.error}; it is tried again every second`,
      );
    }
  };

  /** Answers may overtake each other: the latest question counts. */
  const hear = (address: string, heartbeat: Heartbeat, askedAt: Instant): void => {
    const before = peers.get(address);
    if (before === undefined || (before.askedAt ?? askedAt) > askedAt) return;
    peers.set(address, { ...before, heartbeat, askedAt });
  };

  const exchange = async ({ address, endpoint }: Peer, current: PairCommands): Promise<void> => {
    const { digest } = parity();
    const knows = peers.get(address)?.parity?.digest;
    const nonce = randomUUID();
    const askedAt = monotonic();
    const sent = { digest, ...(knows !== undefined && { knows }) };
    const body = encodePeerMessage(director, current, greeting, { parity: sent, nonce });
    try {
      const [answer, signature] = await post({
        to: endpoint,
        path: '/v1/commands',
        body,
        key,
        limit: patience,
      });
      const message = decodePeerMessage(answer, signature, key);
      if (typeof message === 'string') note(address, { error: message });
      else {
        // An older answer, sent again by another, is no evidence of what the peer announces now.
        const isFresh = message.nonce === nonce;
        note(address, isFresh ? message : { ...message, serving: [] }, current === commands());
        if (message.heartbeat !== undefined && isFresh) hear(address, message.heartbeat, askedAt);
        onMessage(message);
      }
    } catch (error) {
      note(address, { error: messageOf(error) });
    }
  };
  const exchangeAll = (current: PairCommands): void => {
    for (const peer of peers.values()) void exchange(peer, current);
  };

  const askStatus: Peers['askStatus'] = async (name, since, limit) => {
    const to = peers.get(name)?.endpoint;
    if (to === undefined) throw new Error(`${name} is not a peer`);
    const nonce = randomUUID();
    const body = encodeStatusQuestion({ director, nonce, ...(since !== undefined && { since }) }, greeting);
    const [text, signature] = await post({ to, path: '/v1/status', body, key, limit });
    const found = decodeStatusAnswer(text, signature, key, nonce);
    if (typeof found === 'string') throw new Error(found);
    return found;
  };

  const askTable: Peers['askTable'] = async (name, rules) => {
    const to = peers.get(name)?.endpoint;
    if (to === undefined) throw new Error(`${name} is not a peer`);
    const nonce = randomUUID();
    const body = encodeQuestion({ director, nonce, rules }, greeting);
    const path = '/v1/connections';
    const [text, signature] = await post({ to, path, body, key, limit: tablePatience });
    const table = decodeAnswer(text, signature, key, nonce);
    if (typeof table === 'string') throw new Error(table);
    return table;
  };

  const answers = createAnswers(options, greeting);
  const server = servePeers({
    listen: config.listen,
    known: new Set(config.directors.map((endpoint) => endpoint.address)),
    key,
    answers,
    log,
  });
  const ticker = setInterval(() => exchangeAll(commands()), exchangeEvery);
  exchangeAll(commands());

  return {
    status: () =>
      [...peers.values()].map(({ endpoint: _, changedAt, parity: other, heartbeat: __, askedAt: ___, ...peer }) => ({
        ...peer,
        lasted: elapsed(changedAt, monotonic()),
        ...(other && {
          differences: differencesOf(parity(), other, peer.director ?? peer.address, peer.build === build),
        }),
      })),
    send: (current) => {
      for (const [name, peer] of peers) peers.set(name, { ...peer, pending: true });
      exchangeAll(current);
    },
    say: answers.say,
    evidence: () =>
      [...peers.values()].map(({ address, director: name = address, heartbeat, askedAt }) => ({
        name,
        ...(heartbeat && { heartbeat }),
        ...(askedAt !== undefined && { askedAt }),
      })),
    askTable,
    askStatus,
    close: () => {
      isClosed = true;
      clearInterval(ticker);
      server.close();
    },
  };
};
