// A real server: its state, weight, connections and last probe, and the commands for it.

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { formatAge } from '../../base/age.ts';
import { type ServerRow, type ServiceTable, stateOf } from '../model/services.ts';
import type { Action, ServerStatus } from '../model/view.ts';
import { describeSpan } from '../model/words.ts';
import { toneOfServer } from './marks.ts';
import { Spark } from './spark.ts';
import type { Store } from './store.ts';

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

export const Row = ({ row, table, store }: RowProps): VNode => {
  const { server, differences } = row;
  const { name, address, lasted, latency, activeConnections, inactiveConnections, added } = server;
  const points = store.history.latency(table.director, table.service.name, name);
  const last = latency === undefined ? '' : describeSpan(latency);
  return html`<tr role="row" class=${`tone-${toneOfServer(server)}`}>
    <th role="rowheader" scope="row">${name}${address !== name && html`<span class="quiet mono">${address}</span>`}</th>
    <td role="cell"><span class="pill">${stateOf(server)}</span>${added && html`<span class="differs">added by command on ${added.by}, not in the file</span>`}${differences.map(
      ({ director, text }) => html`<span class="differs">${director}: ${text}</span>`,
    )}</td>
    <td role="cell" class="number" data-label="weight">${weightOf(server)}</td>
    <td role="cell" class="number" data-label="since">${formatAge(lasted)}</td>
    <td role="cell" class="why">${whyOf(server)}</td>
    <td role="cell" class="number" data-label="active">${activeConnections ?? '–'}</td>
    <td role="cell" class="number" data-label="inactive">${inactiveConnections ?? '–'}</td>
    <td role="cell" class="probe"><div class="with-spark"><${Spark} points=${points} label=${`Latency of probes of ${name}`} width=${96} height=${20} /><span>${last}</span></div></td>
    ${store.hello.value?.readOnly === false && html`<td role="cell" class="actions">${buttons(server, table, store)}</td>`}
  </tr>`;
};
