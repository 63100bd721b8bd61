// Events of all directors as they happen, the newest first, with filters.

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { type EventFilter, isShown } from '../model/events.ts';
import type { LogRecord } from '../model/view.ts';
import { describeClock, describeTime } from '../model/words.ts';
import type { Store, StoreProps } from './store.ts';

const shown = 200;
const processes = ['director', 'vrrp', 'health', 'ipvs'];

const choice = (store: Store, key: keyof EventFilter, label: string, words: readonly string[], all: string): VNode => {
  const change = ({ currentTarget }: { readonly currentTarget: HTMLSelectElement }): void => {
    store.filter.value = { ...store.filter.value, [key]: currentTarget.value };
  };
  return html`<label><span class="hidden">${label}</span>
    <select value=${store.filter.value[key]} onChange=${change}>
      <option value="">${all}</option>
      ${words.map((word) => html`<option value=${word}>${word}</option>`)}
    </select>
  </label>`;
};

const item = (record: LogRecord): VNode => {
  const { timestamp, director, level, process, subject, message } = record;
  return html`<li class=${`level-${level}`}>
    <time datetime=${timestamp} title=${describeTime(timestamp)}>${describeClock(timestamp)}</time>
    <span class="who">${director}</span> <span class="quiet">${process}</span>
    <span class="text">${level !== 'info' && html`<span class="pill">${level}</span> `}${subject !== undefined && html`<b>${subject}</b> `}${message}</span>
  </li>`;
};

export const EventList = ({ store }: StoreProps): VNode => {
  const filter = store.filter.value;
  const found = store.records.value.filter((record) => isShown(record, filter));
  const directors = [...new Set(store.records.value.map(({ director }) => director))].sort();
  const search = ({ currentTarget }: { readonly currentTarget: HTMLInputElement }): void => {
    store.filter.value = { ...store.filter.value, text: currentTarget.value };
  };
  return html`<section aria-labelledby="events-title">
    <h2 id="events-title">Events</h2>
    <div class="filters" role="search" aria-label="Filter events">
      ${choice(store, 'director', 'Director', directors, 'all directors')}
      ${choice(store, 'level', 'Lowest level', ['info', 'warn', 'error'], 'debug too')}
      ${choice(store, 'process', 'Process', processes, 'all processes')}
      <label><span class="hidden">Text</span><input type="search" placeholder="text or name" value=${filter.text} onInput=${search} /></label>
    </div>
    ${
      found.length === 0
        ? html`<p class="quiet">No event.</p>`
        : html`<ol class="events" tabindex="0" aria-labelledby="events-title">${found.slice(-shown).reverse().map(item)}</ol>`
    }
  </section>`;
};
