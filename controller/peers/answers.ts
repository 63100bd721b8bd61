// What the other directors are answered: this director's commands and heartbeat, its connections, and its status.

import type { Greeting } from '../../channel/greeting.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { PairCommands } from '../operator/operator.ts';
import type { Heartbeat } from '../split-brain/heartbeat.ts';
import {
  encodeAnswer,
  encodePeerMessage,
  encodeStatusAnswer,
  type PeerMessage,
  type StatusAnswer,
  type StatusQuestion,
  type TableQuestion,
} from './message.ts';
import { answerTo, type Parity } from './parity.ts';

export type AnswersOptions = {
  readonly director: string;
  readonly commands: () => PairCommands;
  /** What the peers should have alike. */
  readonly parity: () => Parity;
  /** The anycast addresses that this director announces with the quorum of their services. */
  readonly announced: { readonly serving: readonly IpAddress[] };
  readonly onMessage: (message: PeerMessage) => void;
  /** Fingerprints of this director's established connections for a peer; undefined where it does not synchronise connections. */
  readonly onQuestion: (question: TableQuestion) => Promise<Uint32Array | undefined>;
  /** The status of this director, and its records later than `since`. */
  readonly onStatusQuestion: (since: string | undefined) => Promise<StatusAnswer>;
};

export type Answers = {
  readonly toMessage: (message: PeerMessage) => string;
  /** @returns undefined where this director does not synchronise connections */
  readonly toQuestion: (question: TableQuestion) => Promise<string | undefined>;
  readonly toStatusQuestion: (question: StatusQuestion) => Promise<string>;
  /** Sets the heartbeat that peers are answered with. */
  readonly say: (heartbeat: Heartbeat) => void;
};

export const createAnswers = (options: AnswersOptions, greeting: Greeting): Answers => {
  const { director, commands, parity, announced, onMessage, onQuestion, onStatusQuestion } = options;
  let own: Heartbeat = { standings: [] };
  return {
    toMessage: (message) => {
      onMessage(message);
      return encodePeerMessage(director, commands(), greeting, {
        parity: answerTo(parity(), message.parity),
        ...(message.nonce !== undefined && { nonce: message.nonce, heartbeat: own }),
        serving: announced.serving,
      });
    },
    toQuestion: async (question) => {
      const established = await onQuestion(question);
      return established && encodeAnswer({ director, nonce: question.nonce, established }, greeting);
    },
    toStatusQuestion: async ({ nonce, since }) =>
      encodeStatusAnswer(director, nonce, await onStatusQuestion(since), greeting),
    say: (heartbeat) => {
      own = heartbeat;
    },
  };
};
