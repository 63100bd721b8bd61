// The directors that the page shows: what is known of each, and orders to them.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../base/error.ts';
import { commandOf, planOf } from '../model/order.ts';
import type { DirectorView, LogRecord, Order } from '../model/view.ts';
import { type Link, openLink } from './link.ts';
import { openReach } from './reach.ts';

export type DirectorsListener = {
  readonly onView: (view: DirectorView) => void;
  readonly onRecord: (id: number, record: LogRecord) => void;
};

/** What a director answered: its plan, or why not. */
export type Answer = { readonly id: number; readonly plan?: unknown; readonly refusal?: string };

export type Directors = {
  readonly plan: (order: Order) => Promise<readonly Answer[]>;
  readonly command: (order: Order) => Promise<readonly Answer[]>;
  readonly close: () => void;
};

const planIn = (answer: unknown): unknown =>
  typeof answer === 'object' && answer !== null && 'plan' in answer ? answer.plan : [];

/** @param sources paths of control sockets, or `ssh:HOST`. */
export const openDirectors = (sources: readonly string[], { onView, onRecord }: DirectorsListener): Directors => {
  // Only this user may enter it.
  const folder = mkdtempSync(join(tmpdir(), 'regent-ui-'));

  const open = (source: string, id: number): Link => {
    let view: DirectorView = { id, source, name: source, why: 'it is being asked', since: Date.now() };
    const show = (next: DirectorView): void => {
      view = next;
      onView(view);
    };
    show(view);
    return openLink(source, openReach(source, id, folder), {
      onStatus: (status) =>
        show({ id, source, name: status.director, status, since: view.status === undefined ? Date.now() : view.since }),
      onUnknown: (why) => {
        const isNews = view.status !== undefined;
        if (isNews || view.why !== why)
          show({ id, source, name: view.name, why, since: isNews ? Date.now() : view.since });
      },
      onRecord: (record) => onRecord(id, record),
    });
  };
  const links = sources.map(open);

  const askEach = (ids: readonly number[], ask: (link: Link) => Promise<unknown>): Promise<readonly Answer[]> =>
    Promise.all(
      [...new Set(ids)].map(async (id): Promise<Answer> => {
        const link = links[id];
        if (link === undefined) return { id, refusal: 'There is no such director' };
        try {
          return { id, plan: planIn(await ask(link)) };
        } catch (error) {
          return { id, refusal: messageOf(error).replaceAll(folder, '') };
        }
      }),
    );

  return {
    plan: ({ directors, action }) => {
      const question = planOf(action);
      return askEach(directors, async (link) => (question === undefined ? undefined : link.ask(question)));
    },
    command: ({ directors, action }) => askEach(directors, (link) => link.ask(commandOf(action))),
    close: () => {
      for (const link of links) link.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
