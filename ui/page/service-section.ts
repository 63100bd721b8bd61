// One service: what it is and how many of its servers take connections; open, a table of its servers, a part at a time.

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { rowsOf, type Section, type ServiceTable, takesConnections } from '../model/services.ts';
import { describeTime } from '../model/words.ts';
import { Row } from './server-row.ts';
import type { Store } from './store.ts';

/** Rows of a table that are drawn at once. */
const step = 100;

const heads: readonly (readonly [string, string])[] = [
  ['Server', ''],
  ['State', ''],
  ['Weight', 'number'],
  ['Since', 'number'],
  ['Why', ''],
  ['Active', 'number'],
  ['Inactive', 'number'],
  ['Last probe', 'probe'],
];

const troubleOf = ({ service: { mode, quorum, fault, servers } }: ServiceTable): readonly string[] => {
  const down = servers.filter(({ health }) => health === 'down').length;
  return [
    ...(fault === undefined ? [] : ['not in the kernel']),
    ...(mode === undefined || mode === 'normal' ? [] : [`${mode} mode`]),
    ...(quorum === 'lost' ? ['quorum lost'] : []),
    ...(down === 0 ? [] : [`${down} down`]),
  ];
};

const totals = ({ service: { servers } }: ServiceTable): string => {
  const up = servers.filter(takesConnections).length;
  const active = servers.reduce((sum, { activeConnections }) => sum + (activeConnections ?? 0), 0);
  return `${up} of ${servers.length} take connections, ${active} active`;
};

type SectionProps = { readonly section: Section; readonly store: Store };

const Table = ({ section: { table, servers }, store }: SectionProps): VNode => {
  const [shown, setShown] = useState(step);
  const rows = rowsOf(table, servers.slice(0, shown));
  const mayOrder = store.hello.value?.readOnly === false;
  return html`<table role="table" class="stacking servers">
      <caption class="hidden">Real servers of ${table.service.name}, as ${table.director.name} sees them</caption>
      <thead role="rowgroup"><tr role="row">
        ${heads.map(([text, kind]) => html`<th role="columnheader" scope="col" class=${kind}>${text}</th>`)}
        ${mayOrder && html`<th role="columnheader" scope="col"><span class="hidden">Commands</span></th>`}
      </tr></thead>
      <tbody role="rowgroup">${rows.map((row) => html`<${Row} key=${row.server.name} row=${row} table=${table} store=${store} />`)}</tbody>
    </table>
    ${
      servers.length > shown &&
      html`<button type="button" class="more" onClick=${() => setShown(shown + step)}>Show more of ${servers.length - shown} further servers<span class="hidden"> of ${table.service.name}</span></button>`
    }`;
};

const removedList = ({ service: { name, removed = [] } }: ServiceTable): VNode | false =>
  removed.length > 0 &&
  html`<ul class="removed" aria-label=${`Removed from ${name} by command`}>${removed.map(
    ({
      address,
      by,
      at,
    }) => html`<li><span class="mono">${address}</span> removed by command on ${by}, still in the file
      <time class="quiet" datetime=${new Date(at).toISOString()}>${describeTime(at)}</time></li>`,
  )}</ul>`;

const differsFromFile = ({ service: { servers, removed = [] } }: ServiceTable): boolean =>
  removed.length > 0 || servers.some(({ added }) => added !== undefined);

export const ServiceSection = ({ section, store }: SectionProps): VNode => {
  const { table } = section;
  const { service, director, isMaster } = table;
  // Anycast addresses have several that announce them, and no master.
  const isItsMaster = isMaster && director.status?.routers.some(({ state }) => state === 'master');
  const [choice, choose] = useState<boolean | undefined>(undefined);
  const isOpen = choice ?? section.isOpen;
  const toggle = (event: Event): void => {
    event.preventDefault();
    choose(!isOpen);
  };
  return html`<details class="service" open=${isOpen}>
    <summary onClick=${toggle}>
      <h3>${service.name}</h3> <span class="mono">${service.address}</span> <span class="quiet">${service.scheduler}</span>
      ${troubleOf(table).map((text) => html`<span class="pill tone-bad">${text}</span>`)}
      ${differsFromFile(table) && html`<span class="pill tone-warn">differs from the file</span>`}
      <span class="quiet total">${totals(table)}; as ${director.name}${isItsMaster ? ', its master,' : ''} sees it</span>
    </summary>
    ${isOpen && html`<${Table} section=${section} store=${store} />`}
    ${isOpen && removedList(table)}
  </details>`;
};
