// Answers requests at the port of metrics: metrics, probes, and the page. Each may have to prove itself first.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import type { MetricsConfig } from '../../config/model/model.ts';
import type { Log } from '../log/log.ts';
import type { Wall } from '../page/wall.ts';
import { type Probed, pageOf } from './metrics-pages.ts';
import { openMetricsType, toOpenMetrics, wantsOpenMetrics } from './open-metrics.ts';
import { sendPieces } from './send-pieces.ts';
import { openAuthentication } from './web-authentication.ts';

export type Exposition = { readonly contentType: string; readonly render: () => AsyncIterable<string> };

export type AnswerSources = {
  readonly exposition: Exposition;
  readonly probed: () => Probed;
  readonly wall: Wall;
  readonly log: Log;
};

const takesGzip = (header: IncomingMessage['headers']['accept-encoding']): boolean =>
  String(header ?? '')
    .split(',')
    .some((part) => /^\s*(gzip|\*)\s*(;\s*q=(1|0?\.\d*[1-9]\d*|1\.0*)\s*)?$/i.test(part));

const sendMetrics = async (
  { contentType, render }: Exposition,
  { method, headers }: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const isOpen = wantsOpenMetrics(headers.accept);
  const isPacked = takesGzip(headers['accept-encoding']);
  response.writeHead(200, {
    'content-type': isOpen ? openMetricsType : contentType,
    vary: 'accept, accept-encoding',
    ...(isPacked && { 'content-encoding': 'gzip' }),
  });
  if (method === 'HEAD') {
    response.end();
    return;
  }
  const pieces = isOpen ? toOpenMetrics(render()) : render();
  if (isPacked) await pipeline(pieces, createGzip({ level: constants.Z_BEST_SPEED }), response);
  else await sendPieces(pieces, response);
};

const answer = (response: ServerResponse, status: number, type: string, body: string): void => {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
};

const pathOf = (url = ''): string | undefined => (url.startsWith('/') ? url.split(/[?#]/, 1)[0] : undefined);

export const responder = (config: MetricsConfig, { exposition, probed, wall, log }: AnswerSources) => {
  const authenticate = openAuthentication(config, (why) => {
    const about = { process: 'director', event: 'metrics-token' } as const;
    if (why === undefined) log('info', about, 'the token of metrics can be read again');
    else log('error', about, `the token of metrics cannot be read, so every token is refused: ${why}`);
  });
  const hasUsers = Object.keys(config.basicAuthUsers).length > 0;
  return async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url, headers } = incoming;
    const say = (status: number, text: string): void =>
      answer(response, status, 'text/plain; charset=utf-8', `${text}\n`);
    const admission = await authenticate(headers.authorization);
    const path = pathOf(url);
    if (admission === 'busy') {
      response.setHeader('retry-after', '1');
      say(429, 'another password is being compared');
    } else if (admission === 'refused') {
      response.setHeader(
        'www-authenticate',
        hasUsers ? 'Basic realm="regent", charset="UTF-8"' : 'Bearer realm="regent"',
      );
      say(401, 'who asks?');
    } else if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      say(405, 'only GET and HEAD are allowed');
    } else if (path === '/metrics') await sendMetrics(exposition, incoming, response);
    else if (config.page && path === '/page') {
      response.setHeader('location', '/page/');
      say(308, 'the page is at /page/');
    } else if (config.page && path?.startsWith('/page/') === true)
      wall.answer(path.slice('/page'.length), incoming, response);
    else {
      const page = path === undefined ? undefined : pageOf(path, probed(), config.page);
      if (page === undefined) say(404, 'there is no such page');
      else answer(response, page.status, page.type, page.body);
    }
  };
};
