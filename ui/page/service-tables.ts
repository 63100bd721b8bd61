// A table a service: each real server with its state, weight, connections and last probe, and the commands for it.

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { type ServerRow, type ServiceTable, stateOf, tablesOf } from '../model/services.ts';
import type { Action, ServerStatus } from '../model/view.ts';
import { describeAge, describeSpan } from '../model/words.ts';
import { toneOfServer } from './marks.ts';
import { Spark } from './spark.ts';
import type { Store, StoreProps } from './store.ts';

/** Services with more servers than this in all begin folded: a browser draws thousands of rows a second no faster. */
const mostOpen = 200;

type RowProps = { readonly row: ServerRow; readonly table: ServiceTable; readonly store: Store };

const weightOf = ({ weight, configuredWeight, command }: ServerStatus): VNode => {
  const now = weight ?? command?.weight ?? configuredWeight;
  return html`${now}${now !== configuredWeight && html`<span class="quiet"> of ${configuredWeight}</span>`}`;
};

const whyOf = ({ reason, lastError, command }: ServerStatus): string =>
  [
    reason,
    lastError === undefined || reason.includes(lastError) ? '' : `last error: ${lastError}`,
    command === undefined ? '' : `by command on ${command.by}`,
  ]
    .filter((text) => text !== '')
    .join('; ');

const buttons = (server: ServerStatus, table: ServiceTable, store: Store): VNode => {
  const intend = (action: Action) => () => {
    store.intent.value = { action, view: table.director };
  };
  const { name, drained, command, configuredWeight } = server;
  const weight = command?.weight ?? configuredWeight;
  return html`
    <button type="button" onClick=${intend({ do: drained ? 'undrain' : 'drain', server: name })}>${drained ? 'Undrain' : 'Drain'}<span class="hidden"> ${name}</span></button>
    <button type="button" onClick=${intend({ do: 'weigh', server: name, weight })}>Weight<span class="hidden"> of ${name}</span></button>
  `;
};

const Row = ({ row, table, store }: RowProps): VNode => {
  const { server, differences } = row;
  const { name, address, lasted, latency, activeConnections, inactiveConnections } = server;
  const points = store.history.latency(table.director, table.service.name, name);
  const last = latency === undefined ? '' : describeSpan(latency);
  return html`<tr role="row" class=${`tone-${toneOfServer(server)}`}>
    <th role="rowheader" scope="row">${name}${address !== name && html`<span class="quiet mono">${address}</span>`}</th>
    <td role="cell"><span class="pill">${stateOf(server)}</span>${differences.map(
      ({ director, text }) => html`<span class="differs">${director}: ${text}</span>`,
    )}</td>
    <td role="cell" class="number" data-label="weight">${weightOf(server)}</td>
    <td role="cell" class="number" data-label="since">${describeAge(lasted)}</td>
    <td role="cell" class="why">${whyOf(server)}</td>
    <td role="cell" class="number" data-label="active">${activeConnections ?? '–'}</td>
    <td role="cell" class="number" data-label="inactive">${inactiveConnections ?? '–'}</td>
    <td role="cell" class="probe"><div class="with-spark"><${Spark} points=${points} label=${`Latency of probes of ${name}`} width=${96} height=${20} /><span>${last}</span></div></td>
    ${store.hello.value?.readOnly === false && html`<td role="cell" class="actions">${buttons(server, table, store)}</td>`}
  </tr>`;
};

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

const troubleOf = ({ service: { mode, quorum, fault } }: ServiceTable): readonly string[] => [
  ...(fault === undefined ? [] : ['not in the kernel']),
  ...(mode === undefined || mode === 'normal' ? [] : [`${mode} mode`]),
  ...(quorum === 'lost' ? ['quorum lost'] : []),
];

const totals = ({ rows }: ServiceTable): string => {
  const up = rows.filter(({ server }) => server.health === 'up' && !server.drained).length;
  const active = rows.reduce((sum, { server }) => sum + (server.activeConnections ?? 0), 0);
  return `${up} of ${rows.length} take connections, ${active} active`;
};

const tableOf = (table: ServiceTable, store: Store): VNode => html`<table role="table" class="stacking servers">
  <caption class="hidden">Real servers of ${table.service.name}, as ${table.director.name} sees them</caption>
  <thead role="rowgroup"><tr role="row">
    ${heads.map(([text, kind]) => html`<th role="columnheader" scope="col" class=${kind}>${text}</th>`)}
    ${store.hello.value?.readOnly === false && html`<th role="columnheader" scope="col"><span class="hidden">Commands</span></th>`}
  </tr></thead>
  <tbody role="rowgroup">${table.rows.map((row) => html`<${Row} key=${row.server.name} row=${row} table=${table} store=${store} />`)}</tbody>
</table>`;

export const ServiceTables = ({ store }: StoreProps): VNode => {
  const tables = tablesOf(store.views.value);
  if (tables.length === 0) return html`<p class="quiet">No director that answers has a virtual service.</p>`;
  const isLong = tables.reduce((sum, { rows }) => sum + rows.length, 0) > mostOpen;
  return html`${tables.map((table) => {
    const { service, director, isMaster } = table;
    return html`<details class="service" key=${service.name} open=${!isLong}>
      <summary>
        <h3>${service.name}</h3> <span class="mono">${service.address}</span> <span class="quiet">${service.scheduler}</span>
        ${troubleOf(table).map((text) => html`<span class="pill tone-bad">${text}</span>`)}
        <span class="quiet total">${totals(table)}; as ${director.name}${isMaster ? ', its master,' : ''} sees it</span>
      </summary>
      ${tableOf(table, store)}
    </details>`;
  })}`;
};
