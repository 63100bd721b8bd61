// The connection to one director: its status as it changes, its records, and that it does not answer.

import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../base/error.ts';
import { abortAfter } from '../../base/within.ts';
import { askDirector, followDirector } from '../../controller/control/client.ts';
import { type Ask, askSocket, followThrough } from '../../controller/control/followed-records.ts';
import type { Status } from '../../controller/control/status.ts';
import type { LogRecord } from '../../controller/log/record.ts';
import type { ControlQuestion } from '../model/order.ts';
import type { Reach } from './reach.ts';

export type LinkListener = {
  readonly onStatus: (status: Status) => void;
  /** Its state is not known: it does not answer. */
  readonly onUnknown: (why: string) => void;
  readonly onRecord: (record: LogRecord) => void;
};

export type Link = {
  /** @throws with a readable message when the director refuses or does not answer. */
  readonly ask: (question: ControlQuestion) => Promise<unknown>;
  readonly close: () => void;
};

/** A director says something twice a second: after this silence, in milliseconds, its state is not known. */
const silenceLimit = 1800;
const tryAgainAfter = 500;
/** How long a command may take, in milliseconds. */
const patience = 5000;
/** How far back records are read, in milliseconds. */
const memory = 24 * 3_600_000;

/** @param source how the operator names the director. */
export const openLink = (source: string, reach: Reach, { onStatus, onUnknown, onRecord }: LinkListener): Link => {
  const closing = new AbortController();
  const rest = (): Promise<void> => sleep(tryAgainAfter, undefined, { signal: closing.signal });

  /** In the operator's words: the socket may be ssh's own, and Node's parser calls a cut connection `aborted`. */
  const whyOf = (error: unknown, socket: string): string => {
    const text = messageOf(error).replaceAll(socket, source);
    return text === 'aborted' ? 'its connection was cut' : text;
  };

  const followStatus = async (): Promise<void> => {
    const silence = new AbortController();
    const signal = AbortSignal.any([closing.signal, silence.signal]);
    const watch = setTimeout(() => silence.abort(), silenceLimit);
    let socket = source;
    try {
      socket = await reach.socket(closing.signal);
      watch.refresh();
      const heard = (): void => void watch.refresh();
      for await (const line of followDirector(socket, '/v1/status?follow=true&beat=true', signal, heard))
        if (line !== '') onStatus(JSON.parse(line) as Status);
    } catch (error) {
      onUnknown(silence.signal.aborted ? `it has been silent for ${silenceLimit / 1000} s` : whyOf(error, socket));
    } finally {
      clearTimeout(watch);
    }
  };

  const ask: Ask = async function* (question) {
    const socket = await reach.socket(closing.signal);
    yield* askSocket(socket, closing.signal)(question);
  };
  let since = new Date(Date.now() - memory).toISOString();
  const followRecords = async (): Promise<void> => {
    try {
      for await (const record of followThrough(ask, { filter: { since }, follows: true })) {
        since = record.timestamp;
        onRecord(record);
      }
    } catch {
      // The status shows that the director is not there.
    }
  };

  const always = async (follow: () => Promise<void>): Promise<void> => {
    while (!closing.signal.aborted) {
      await follow();
      await rest().catch(() => undefined);
    }
  };
  void always(followStatus);
  void always(followRecords);

  return {
    ask: async ({ method, path, body }) =>
      askDirector(await reach.socket(closing.signal), method, path, body, abortAfter(patience)),
    close: () => {
      closing.abort();
      reach.close();
    },
  };
};
