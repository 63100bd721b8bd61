// Tells the open pages what is known of the directors: all of it at first, then each change, as server-sent events.

import type { ServerResponse } from 'node:http';
import { type Told, tellBriefly } from './brief.ts';
import type { DirectorView, LogRecord, Message } from './view.ts';

/** The records that a new page is shown, of each director. */
const remembered = 300;
/** Records are sent together after this time, in milliseconds. */
const gatherFor = 100;
const beatEvery = 500;
/** A page that does not read misses statuses beyond this many unsent bytes, and is left beyond that. */
const [patientBytes, mostBytes] = [2 ** 20, 2 ** 25];

export type Audience = {
  readonly add: (page: ServerResponse) => void;
  readonly show: (view: DirectorView) => void;
  readonly tell: (id: number, record: LogRecord) => void;
  /** To all pages that are open. */
  readonly send: (message: Message) => void;
  readonly close: () => void;
};

const write = (message: Message): string => `data: ${JSON.stringify(message)}\n\n`;

/** @param hello the first message to every page. */
export const openAudience = (hello: () => Message): Audience => {
  const pages = new Set<ServerResponse>();
  const views = new Map<number, DirectorView>();
  const told = new Map<number, Told | undefined>();
  const past = new Map<number, LogRecord[]>();
  const fresh = new Map<number, LogRecord[]>();

  const send = (message: Message): void => {
    if (pages.size === 0) return;
    const text = write(message);
    for (const page of pages) {
      if (page.writableLength > mostBytes) page.destroy();
      else if (message.type === 'records' || page.writableLength < patientBytes) page.write(text);
    }
  };
  const keepLast = (list: LogRecord[]): void => void list.splice(0, Math.max(0, list.length - remembered));
  const sendFresh = (): void => {
    for (const [id, records] of fresh) send({ type: 'records', id, records });
    fresh.clear();
  };
  const sender = setInterval(sendFresh, gatherFor);
  const beat = setInterval(() => send({ type: 'beat' }), beatEvery);

  return {
    add: (page) => {
      sendFresh();
      page.writeHead(200, { 'content-type': 'text/event-stream' });
      const records = [...past].map(([id, list]): Message => ({ type: 'records', id, records: list }));
      const known = [...views.values()].map((view): Message => ({ type: 'director', view }));
      page.write([hello(), ...known, ...records].map(write).join(''));
      pages.add(page);
      page.on('close', () => pages.delete(page));
    },
    show: (view) => {
      views.set(view.id, view);
      const [message, next] = tellBriefly(view, told.get(view.id), performance.now());
      told.set(view.id, next);
      send(message);
    },
    tell: (id, record) => {
      for (const lists of [past, fresh]) {
        const list = lists.get(id) ?? [];
        lists.set(id, list);
        list.push(record);
        keepLast(list);
      }
    },
    send,
    close: () => {
      for (const timer of [sender, beat]) clearInterval(timer);
      for (const page of pages) page.destroy();
    },
  };
};
