// One director: its routers, what lowers their priority, its lateness, build, peers and tables; or that it is not known.

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { formatAge } from '../../base/age.ts';
import { type AnycastEntry, announces, anycastOf } from '../model/anycast.ts';
import type { DirectorView, RouterStatus, Status } from '../model/view.ts';
import { describeClock, describePriority, describeSpan } from '../model/words.ts';
import { toneOfAnycast, toneOfRouter } from './marks.ts';
import { Spark } from './spark.ts';
import type { Store } from './store.ts';

type CardProps = { readonly view: DirectorView; readonly store: Store };

const routerRow = (router: RouterStatus): VNode => {
  const { name, state, lasted, priority, reason, aside, addresses } = router;
  const lowered = describePriority(router);
  const notes = [reason, lowered, router.heldBack].filter((text) => text !== undefined && text !== '');
  return html`<tr role="row" class=${`tone-${toneOfRouter(router)}`}>
    <th role="rowheader" scope="row">${name}<span class="quiet mono">${addresses.join(' ')}</span></th>
    <td role="cell"><span class="pill">${aside ? `${state}, handed over` : state}</span></td>
    <td role="cell" class="number" data-label="since">${lasted === undefined ? '' : formatAge(lasted)}</td>
    <td role="cell" class="number" data-label="priority">${priority}</td>
    <td role="cell" class="why">${notes.join('; ')}</td>
  </tr>`;
};

const routerTable = (name: string, { routers }: Status): VNode => html`<table role="table" class="stacking routers">
  <caption class="hidden">Virtual routers of ${name}</caption>
  <thead role="rowgroup"><tr role="row">
    <th role="columnheader" scope="col">Router</th><th role="columnheader" scope="col">State</th>
    <th role="columnheader" scope="col" class="number">Since</th><th role="columnheader" scope="col" class="number">Priority</th>
    <th role="columnheader" scope="col">Why</th>
  </tr></thead>
  <tbody role="rowgroup">${routers.map(routerRow)}</tbody>
</table>`;

const anycastRow = (entry: AnycastEntry): VNode => {
  const { name, state, lasted, reason, aside, last, left, missing = [], addresses } = entry;
  const notes = [
    reason,
    last === true ? 'no other director announces it' : '',
    left === undefined ? '' : `until its drain ends: ${formatAge(left)}`,
    ...missing.map(({ what, why }) => `${what} is missing: ${why}`),
  ].filter((text) => text !== '');
  return html`<tr role="row" class=${`tone-${toneOfAnycast(entry)}`}>
    <th role="rowheader" scope="row">${name}<span class="quiet mono">${addresses.join(' ')}</span></th>
    <td role="cell"><span class="pill">${aside ? `${state}, handed over` : state}</span></td>
    <td role="cell" class="number" data-label="since">${formatAge(lasted)}</td>
    <td role="cell" class="number"></td>
    <td role="cell" class="why">${notes.join('; ')}</td>
  </tr>`;
};

const anycastTable = (
  name: string,
  entries: readonly AnycastEntry[],
): VNode => html`<table role="table" class="stacking routers">
  <caption class="hidden">Anycast addresses of ${name}</caption>
  <thead role="rowgroup"><tr role="row">
    <th role="columnheader" scope="col">Anycast</th><th role="columnheader" scope="col">State</th>
    <th role="columnheader" scope="col" class="number">Since</th><th role="columnheader" scope="col" class="number"><span class="hidden">Priority</span></th>
    <th role="columnheader" scope="col">Why</th>
  </tr></thead>
  <tbody role="rowgroup">${entries.map(anycastRow)}</tbody>
</table>`;

const roleOf = (status: Status | undefined): 'not known' | 'master' | 'announces' | 'backup' | 'idle' => {
  if (status === undefined) return 'not known';
  if (status.routers.some(({ state }) => state === 'master')) return 'master';
  if (anycastOf(status).some(announces)) return 'announces';
  return status.routers.length > 0 ? 'backup' : 'idle';
};

const describePeers = ({ peers }: Status): VNode | string =>
  peers.length === 0
    ? 'none configured'
    : html`${peers.map(
        ({
          address,
          director,
          build,
          reachable,
          lastError,
          pending,
          differences = [],
        }) => html`<div class=${reachable ? '' : 'tone-warn'}>
          ${director ?? address} ${reachable ? `answers${build === undefined ? '' : `, ${build}`}` : `does not answer: ${lastError ?? 'not reached yet'}`}${
            pending ? ', lacks the latest command' : ''
          }${differences.length > 0 ? ', has other services or servers' : ''}
        </div>`,
      )}`;

const describeTables = ({ ipvs, routers, services, peers }: Status): string => {
  if (services.length === 0) return 'no virtual services';
  if (ipvs.fault !== undefined) return `not in the kernel: ${ipvs.fault}`;
  const held = routers.flatMap(({ heldBack }) => heldBack ?? [])[0];
  const connections = peers.length === 0 ? '' : held === undefined ? ', connections of the peers known' : `, ${held}`;
  return `in the kernel, ${ipvs.writes} writes${connections}`;
};

const buildsOf = ({ version, programs }: Status): string => {
  const others = programs.filter(({ build, installed }) => build !== undefined && build !== installed);
  const late = others.length === 0 ? '' : `; ${others.map(({ name }) => name).join(' and ')} still of another build`;
  return `${version}${late}`;
};

const known = (view: DirectorView, status: Status, store: Store): VNode => {
  const { routers, uptime } = status;
  const worst = Math.max(0, ...routers.map(({ worstLateness }) => worstLateness));
  const entries = anycastOf(status);
  const isServing = routers.some(({ state }) => state === 'master') || entries.some(announces);
  const isAside = [...routers, ...entries].some(({ aside }) => aside);
  const intend = (what: 'handover' | 'resume') => () => {
    store.intent.value = { action: { do: what }, view };
  };
  return html`
    ${routers.length > 0 && routerTable(view.name, status)}
    ${entries.length > 0 && anycastTable(view.name, entries)}
    <dl class="facts">
      ${routers.length > 0 && html`<div><dt>Lateness</dt><dd class="with-spark"><${Spark} points=${store.history.lateness(view)} label=${`Lateness of advertisements of ${view.name}`} width=${120} height=${22} /><span>worst ${describeSpan(worst)}</span></dd></div>`}
      <div><dt>Peers</dt><dd>${describePeers(status)}</dd></div>
      <div><dt>Tables</dt><dd>${describeTables(status)}</dd></div>
      <div><dt>Build</dt><dd>${buildsOf(status)}, runs for ${formatAge(uptime)}</dd></div>
    </dl>
    ${
      store.hello.value?.readOnly === false &&
      html`<div class="actions">
      ${isServing && html`<button type="button" onClick=${intend('handover')}>Hand over<span class="hidden"> from ${view.name}</span></button>`}
      ${isAside && html`<button type="button" onClick=${intend('resume')}>Resume<span class="hidden"> on ${view.name}</span></button>`}
    </div>`
    }
  `;
};

const unknown = ({ since, why }: DirectorView, now: number): VNode => html`<p class="not-known">
  <b>Not known</b> since <time datetime=${new Date(since).toISOString()}>${describeClock(since)}</time>
  <span class="quiet"> (${formatAge(now - since)})</span>: ${why}.
</p>`;

export const DirectorCard = ({ view, store }: CardProps): VNode => {
  const { status, name, source } = view;
  const role = roleOf(status);
  return html`<article class=${`director role-${role.replace(' ', '-')}`} aria-label=${`Director ${name}`}>
    <h3>${name}<span class="pill">${role}</span>${source !== name && html`<span class="quiet mono">${source}</span>`}</h3>
    ${status === undefined ? unknown(view, store.now.value) : known(view, status, store)}
  </article>`;
};
