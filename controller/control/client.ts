// Client of a running director's control socket.

import { type IncomingMessage, request } from 'node:http';
import { harmlessLines } from '../../base/harmless-text.ts';
import { installedVersion } from '../processes/program.ts';
import { controlGreeting, greetingHeaders, refuseGreeting } from './greeting.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** No director answers at the socket. */
export class UnreachableError extends Error {}

/** What the kernel's answer means to an operator. */
const meanings: Readonly<Record<string, string>> = {
  EACCES: "only root and the socket's group may open it",
  ENOENT: 'no director has made it: none runs, or --socket names another place',
  ECONNREFUSED: 'the director that made it has ended',
};

const describeFailure = ({ code, message }: NodeJS.ErrnoException): string => {
  const meaning = meanings[code ?? ''];
  return meaning === undefined ? (code ?? message) : `${code}, ${meaning}`;
};

const open = (
  socket: string,
  method: Method,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const own = controlGreeting(installedVersion());
    const headers = {
      ...greetingHeaders(own),
      ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    };
    const take = (response: IncomingMessage): void => {
      const why = refuseGreeting(own, response.headers);
      if (why === undefined) resolve(response);
      else {
        response.destroy();
        reject(new Error(`The director is not understood: ${why}`));
      }
    };
    // No agent: a kept connection may have closed unnoticed by the time it is used again.
    const asking = request(
      { socketPath: socket, method, path, headers, agent: false, ...(signal && { signal }) },
      take,
    );
    asking.on('error', (error: NodeJS.ErrnoException) =>
      reject(new UnreachableError(`Cannot reach the director at ${socket}: ${describeFailure(error)}`)),
    );
    asking.end(text);
  });

const readText = async (response: IncomingMessage): Promise<string> => {
  response.setEncoding('utf8');
  let text = '';
  for await (const chunk of response as AsyncIterable<string>) text += chunk;
  return text;
};

const parse = (text: string): unknown => {
  try {
    // Names and reasons may come from other hosts.
    return JSON.parse(text, (_, value: unknown) => (typeof value === 'string' ? harmlessLines(value) : value));
  } catch {
    return { error: harmlessLines(text) };
  }
};

const errorOf = (body: unknown): string => {
  if (typeof body !== 'object' || body === null || !('error' in body)) return JSON.stringify(body);
  const problems = 'problems' in body && Array.isArray(body.problems) ? body.problems.map(String) : [];
  return [String(body.error), ...problems].join('\n');
};

/** @throws with a readable message when the director refuses, {@link UnreachableError} when there is none. */
export const askDirector = async (
  socket: string,
  method: Method,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<unknown> => {
  const response = await open(socket, method, path, body, signal);
  const answer = parse(await readText(response));
  if (response.statusCode !== 200) throw new Error(errorOf(answer));
  return answer;
};

/**
 * Yields lines as they arrive, until the director ends or `signal` is aborted.
 * @param onHeard called with each part of an answer, also within a long line
 */
export async function* followDirector(
  socket: string,
  path: string,
  signal?: AbortSignal,
  onHeard: () => void = () => undefined,
): AsyncGenerator<string> {
  const response = await open(socket, 'GET', path, undefined, signal);
  if (response.statusCode !== 200) throw new Error(errorOf(parse(await readText(response))));
  response.setEncoding('utf8');
  let rest = '';
  for await (const chunk of response as AsyncIterable<string>) {
    onHeard();
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
