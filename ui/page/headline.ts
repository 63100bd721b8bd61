// One line first: healthy, or what is wrong; who is master, and since when.

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { formatAge } from '../../base/age.ts';
import { anycastOf } from '../model/anycast.ts';
import { type Announcer, briefly, type Finding, type Ruler } from '../model/summary.ts';
import type { DirectorView } from '../model/view.ts';
import { describeClock } from '../model/words.ts';
import { marks } from './marks.ts';
import type { StoreProps } from './store.ts';

/** Further findings that are shown at once; the others on request. */
const shown = 3;
/** A longer headline is written smaller, in characters. */
const longest = 60;

const ruling = ({ director, routers, since }: Ruler, now: number): VNode => html`<span class="ruler">
  <b>${director}</b> is master of <span title=${routers.join(', ')}>${briefly(routers)}</span>
  <span class="quiet"> since <time datetime=${new Date(since).toISOString()}>${describeClock(since)}</time>, ${formatAge(now - since)}</span>
</span>`;

const announcing = ({ director, names }: Announcer): VNode =>
  html`<span class="ruler"><b>${director}</b> announces <span title=${names.join(', ')}>${briefly(names)}</span></span>`;

const unserved = (views: readonly DirectorView[]): string =>
  views.some(({ status }) => status !== undefined && status.routers.length === 0 && anycastOf(status).length > 0)
    ? 'No known director announces an address.'
    : 'No known director is master.';

const item = ({ tone, text }: Finding): VNode =>
  html`<li class=${`tone-${tone}`}><span class="mark" aria-hidden="true">${marks[tone]}</span> ${text}</li>`;

export const Headline = ({ store }: StoreProps): VNode => {
  const { tone, headline, findings, rulers, announcers } = store.summary.value;
  const further = findings.filter(({ text }) => text !== headline);
  const hidden = further.slice(shown);
  const now = store.now.value;
  return html`<header class=${`headline tone-${tone}`}>
    <div class="first">
      <div role="status" class="verdict">
        <span class="mark" aria-hidden="true">${marks[tone]}</span>
        <h1 class=${headline.length > longest ? 'long' : ''}>${headline}</h1>
      </div>
      <div class="rulers">
        ${rulers.length + announcers.length === 0 && html`<span class="ruler quiet">${unserved(store.views.value)}</span>`}
        ${rulers.map((ruler) => ruling(ruler, now))}
        ${announcers.map(announcing)}
      </div>
    </div>
    ${further.length > 0 && html`<ul class="findings">${further.slice(0, shown).map(item)}</ul>`}
    ${
      hidden.length > 0 &&
      html`<details class="findings"><summary>${hidden.length} more</summary><ul>${hidden.map(item)}</ul></details>`
    }
    ${store.outcome.value !== '' && html`<p class="outcome" role="status">${store.outcome.value}</p>`}
  </header>`;
};
