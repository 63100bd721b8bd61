// What the page knows, as signals: its parts draw themselves again when what they read has changed.

import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { addRecords, type EventFilter, noFilter } from '../model/events.ts';
import { allServers, type ServerFilter } from '../model/services.ts';
import { type Summary, summarize } from '../model/summary.ts';
import type { Action, DirectorView, LogRecord, Message, Report } from '../model/view.ts';
import { createHistory, type History } from './history.ts';

export type Hello = { readonly version: string; readonly readOnly: boolean; readonly report?: Report };

/** A command that is being considered, and the director that is asked first. */
export type Intent = { readonly action: Action; readonly view: DirectorView };

export type Store = {
  readonly hello: Signal<Hello | undefined>;
  /** By their place among the sources. */
  readonly views: ReadonlySignal<readonly DirectorView[]>;
  readonly records: Signal<readonly LogRecord[]>;
  readonly filter: Signal<EventFilter>;
  readonly serverFilter: Signal<ServerFilter>;
  readonly summary: ReadonlySignal<Summary>;
  /** Why the page itself hears nothing; undefined while it does. */
  readonly deafness: Signal<string | undefined>;
  readonly intent: Signal<Intent | undefined>;
  /** The outcome of the last command. */
  readonly outcome: Signal<string>;
  /** The clock of this browser, each second. */
  readonly now: Signal<number>;
  readonly history: History;
  readonly hear: (message: Message) => void;
};

const mostRecords = 1000;

const withServicesOf = (view: DirectorView, before: DirectorView | undefined): DirectorView =>
  view.status === undefined ? view : { ...view, status: { ...view.status, services: before?.status?.services ?? [] } };

export const openStore = (): Store => {
  const heard = signal<ReadonlyMap<number, DirectorView>>(new Map());
  const deafness = signal<string | undefined>('it is being asked');
  const hello = signal<Hello | undefined>(undefined);
  const records = signal<readonly LogRecord[]>([]);
  const history = createHistory();
  /** Nothing is known of any director while the page hears nothing. */
  const views = computed((): readonly DirectorView[] => {
    const all = [...heard.value.values()].sort((one, other) => one.id - other.id);
    const why = deafness.value;
    return why === undefined ? all : all.map(({ status: _, ...view }) => ({ ...view, why }));
  });

  const hear = (message: Message): void => {
    switch (message.type) {
      case 'hello': {
        // The first of a new connection: all that is known comes again.
        const { type: _, ...rest } = message;
        hello.value = rest;
        records.value = [];
        return;
      }
      case 'director': {
        const before = heard.value.get(message.view.id);
        const view = message.servicesStay === true ? withServicesOf(message.view, before) : message.view;
        history.add(before, view);
        heard.value = new Map(heard.value).set(view.id, view);
        return;
      }
      case 'records':
        records.value = addRecords(records.value, message.records, mostRecords);
        return;
      case 'report': {
        const { report: _, ...rest } = hello.value ?? { version: '', readOnly: true };
        hello.value = { ...rest, ...(message.report && { report: message.report }) };
        return;
      }
      case 'beat':
    }
  };

  return {
    hello,
    views,
    records,
    filter: signal(noFilter),
    serverFilter: signal(allServers),
    summary: computed(() => summarize(views.value)),
    deafness,
    intent: signal(undefined),
    outcome: signal(''),
    now: signal(Date.now()),
    history,
    hear,
  };
};

/** The parts of the page are given all of it. */
export type StoreProps = { readonly store: Store };
