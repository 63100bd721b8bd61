// The page as a wall screen: what this director knows of itself, and what its peers answer, while somewhere a page is open.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../base/error.ts';
import { type Audience, openAudience } from './audience.ts';
import { type PageFiles, readPageFiles } from './page-files.ts';
import { protection } from './protection.ts';
import type { DirectorView, LogRecord, Status } from './view.ts';

/** The state of a director, and its records since the ones before. */
export type Told = { readonly status: Status; readonly records: readonly LogRecord[] };

/** What a peer has answered, as the page may draw it. @throws where its build is too unlike */
export const toldBy = ({ status, records }: { readonly status: object; readonly records: readonly object[] }): Told => {
  const { director, ...lists } = status as Partial<Status>;
  const { routers, services, peers, programs, warnings } = lists;
  if (typeof director !== 'string' || ![routers, services, peers, programs, warnings].every(Array.isArray))
    throw new Error('its status is that of another build');
  return { status: status as Status, records: records as readonly LogRecord[] };
};

export type WallSource = {
  /** Its name until it has answered. */
  readonly name: string;
  /** @param since the timestamp of its latest record that is known. @throws where it does not answer within `limit` milliseconds. */
  readonly ask: (since: string | undefined, limit: number) => Promise<Told>;
};

export type WallOptions = { readonly version: string; readonly sources: () => readonly WallSource[] };

export type Wall = {
  /** Answers a request for a path below /page/. */
  readonly answer: (path: string, incoming: IncomingMessage, response: ServerResponse) => void;
  readonly close: () => void;
};

/** In milliseconds: a director that is silent is not known within two seconds. */
const [askEvery, patience] = [900, 900];
/** A director with many servers takes longer to answer, and is asked less often. */
const slack = 4;
/** Pages that are open at once. */
const mostPages = 50;
/** How long directors are still asked after the last page was closed, in milliseconds: it may be loaded again. */
const linger = 5000;

type Watch = { readonly audience: Audience; readonly end: () => void };

const watch = ({ version, sources }: WallOptions): Watch => {
  const ending = new AbortController();
  const audience = openAudience(() => ({ type: 'hello', version, readOnly: true }));

  const follow = async ({ name: source, ask }: WallSource, id: number): Promise<void> => {
    let view: DirectorView = { id, source, name: source, why: 'it is being asked', since: Date.now() };
    let since: string | undefined;
    let took = 0;
    const show = (next: DirectorView): void => {
      if (ending.signal.aborted) return;
      view = next;
      audience.show(view);
    };
    show(view);
    while (!ending.signal.aborted) {
      const begin = performance.now();
      try {
        const { status, records } = await ask(since, Math.max(patience, slack * took));
        took = performance.now() - begin;
        show({ id, source, name: status.director, status, since: view.status === undefined ? Date.now() : view.since });
        for (const record of records) audience.tell(id, record);
        since = records.at(-1)?.timestamp ?? since;
      } catch (error) {
        const isNews = view.status !== undefined;
        const why = messageOf(error);
        if (isNews || view.why !== why)
          show({ id, source, name: view.name, why, since: isNews ? Date.now() : view.since });
      }
      const rest = Math.max(askEvery - (performance.now() - begin), slack * took, 50);
      await sleep(rest, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  };
  for (const [id, source] of sources().entries()) void follow(source, id);
  return {
    audience,
    end: () => {
      ending.abort();
      audience.close();
    },
  };
};

const say = (response: ServerResponse, status: number, text: string): void => {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
};

/** Another site of the same browser may link to the page, but load nothing from it. */
const isForeign = ({ headers }: IncomingMessage): boolean =>
  ['cross-site', 'same-site'].includes(String(headers['sec-fetch-site'])) && headers['sec-fetch-mode'] !== 'navigate';

export const openWall = (options: WallOptions, readFiles: () => PageFiles = readPageFiles): Wall => {
  let files: PageFiles | undefined;
  let watching: Watch | undefined;
  let leaving: NodeJS.Timeout | undefined;
  let pages = 0;

  const leave = (): void => {
    pages -= 1;
    if (pages > 0) return;
    leaving = setTimeout(() => {
      watching?.end();
      watching = undefined;
    }, linger);
    leaving.unref();
  };
  const enter = (response: ServerResponse): void => {
    if (pages >= mostPages) {
      say(response, 503, `${mostPages} pages are open already`);
      return;
    }
    clearTimeout(leaving);
    pages += 1;
    response.on('close', leave);
    watching ??= watch(options);
    watching.audience.add(response);
  };

  return {
    answer: (path, incoming, response) => {
      for (const [name, value] of Object.entries(protection)) response.setHeader(name, value);
      try {
        files ??= readFiles();
      } catch (error) {
        say(response, 503, messageOf(error));
        return;
      }
      const file = files.get(path);
      if (isForeign(incoming)) say(response, 403, 'another origin may not ask this page');
      else if (path === '/stream' && incoming.method === 'HEAD') say(response, 200, '');
      else if (path === '/stream') enter(response);
      else if (file === undefined) say(response, 404, 'there is no such page');
      else
        response
          .writeHead(200, { 'content-type': file.type, 'content-length': file.body.length })
          .end(incoming.method === 'HEAD' ? undefined : file.body);
    },
    close: () => {
      clearTimeout(leaving);
      watching?.end();
      watching = undefined;
    },
  };
};
