// The last transitions to master and back, with the takeover as it was measured.

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { lastTransitions, type Transition } from '../model/transitions.ts';
import { describeClock, describeSpan, describeTime } from '../model/words.ts';
import type { StoreProps } from './store.ts';

const shown = 6;

const measured = ({ takeover, silence }: Transition): string =>
  [
    takeover === undefined
      ? ''
      : `addresses after ${describeSpan(takeover.addresses)}, all after ${describeSpan(takeover.total)}`,
    silence === undefined ? '' : `${describeSpan(silence)} after the last advertisement`,
  ]
    .filter((text) => text !== '')
    .join('; ');

const item = (transition: Transition): VNode => {
  const { timestamp, director, router, from, to, reason } = transition;
  const text = measured(transition);
  return html`<li class=${`to-${to}`}>
    <time datetime=${timestamp} title=${describeTime(timestamp)}>${describeClock(timestamp)}</time>
    <span><b>${director}</b> ${router} <span class="quiet">${from} →</span> <span class="pill">${to}</span> ${reason}
      ${text !== '' && html`<span class="measured">${text}</span>`}</span>
  </li>`;
};

export const TransitionList = ({ store }: StoreProps): VNode => {
  const transitions = lastTransitions(store.records.value, shown);
  const isKnown = store.views.value.some(({ status }) => status !== undefined);
  return html`<section aria-labelledby="transitions-title">
    <h2 id="transitions-title">Last transitions</h2>
    ${
      transitions.length === 0
        ? html`<p class="quiet">${isKnown ? 'None in the last 24 hours.' : 'Not known.'}</p>`
        : html`<ol class="transitions">${transitions.map(item)}</ol>`
    }
  </section>`;
};
