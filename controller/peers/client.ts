// One question to a peer: signed, over a connection of its own, and answered within its time.

import { request } from 'node:http';
import { harmlessText } from '../../base/harmless-text.ts';
import { abortAfter } from '../../base/within.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import { readBody, signatureOf, signedHeaders } from './signed-body.ts';

export type Post = {
  readonly to: Endpoint;
  readonly path: '/v1/commands' | '/v1/connections' | '/v1/status';
  readonly body: string;
  readonly key: Buffer;
  /** How long to wait for the answer, in milliseconds. */
  readonly limit: number;
};

/** @returns the answer and its signature */
export const post = ({ to: { address, port }, path, body, key, limit }: Post): Promise<[string, string | undefined]> =>
  new Promise((resolve, reject) => {
    const asking = request(
      {
        host: address,
        port,
        method: 'POST',
        path,
        // A new connection each time: a kept one would hide a network cut.
        agent: false,
        headers: signedHeaders(body, key),
        signal: abortAfter(limit),
      },
      (response) => {
        readBody(response, key).then(
          (text) =>
            response.statusCode === 200
              ? resolve([text, signatureOf(response)])
              : reject(new Error(`it answers ${response.statusCode}: ${harmlessText(text.trim())}`)),
          reject,
        );
      },
    );
    asking.on('error', (error: NodeJS.ErrnoException) =>
      reject(error.name === 'AbortError' ? new Error(`no answer within ${limit} ms`) : error),
    );
    asking.end(body);
  });
