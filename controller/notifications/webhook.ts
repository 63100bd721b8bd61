// Delivers a notification to a webhook: POSTs its JSON, done at a successful status.

import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { messageOf } from '../../base/error.ts';
import { harmlessText } from '../../base/harmless-text.ts';
import { abortAfter } from '../../base/within.ts';
import type { Delivery } from './queue.ts';

const lowerCased = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, text]) => [name.toLowerCase(), text]));

/** The address without what in it may be a secret: a user and a password, or a token in its path. */
const shown = (url: URL): string => url.origin;

/**
 * @param url may hold a user and a password.
 * @param headers replace regent's own, a `host` too.
 * @param timeout in milliseconds, for the whole exchange.
 */
export const webhookDelivery = (
  address: string,
  headers: Readonly<Record<string, string>>,
  timeout: number,
): Delivery => {
  const url = new URL(address);
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return async (notification) => {
    const body = Buffer.from(JSON.stringify(notification));
    const status = await new Promise<number>((resolve, reject) => {
      const signal = abortAfter(timeout);
      request(
        url,
        {
          method: 'POST',
          agent: false,
          signal,
          headers: { 'content-type': 'application/json', ...lowerCased(headers), 'content-length': body.length },
        },
        (response) => {
          response.destroy();
          resolve(response.statusCode ?? 0);
        },
      )
        .on('error', (error) => reject(signal.aborted ? new Error(`${shown(url)} gave no answer in time`) : error))
        .end(body);
    }).catch((error: unknown) => {
      throw new Error(harmlessText(messageOf(error)));
    });
    if (status < 200 || status > 299) throw new Error(`${shown(url)} answered ${status}`);
  };
};
