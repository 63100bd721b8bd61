// The services: a part each, which folds; filters and further parts where there are many.

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { allServers, sectionsOf, tablesOf } from '../model/services.ts';
import { ServiceSection } from './service-section.ts';
import type { StoreProps } from './store.ts';

/** Rows that are shown without being asked for, and parts that are shown at once. */
const [mostRows, mostSections] = [200, 100];

const Filters = ({ store }: StoreProps): VNode => {
  const filter = store.serverFilter.value;
  const search = ({ currentTarget }: { readonly currentTarget: HTMLInputElement }): void => {
    store.serverFilter.value = { ...filter, text: currentTarget.value };
  };
  const choose = ({ currentTarget }: { readonly currentTarget: HTMLInputElement }): void => {
    store.serverFilter.value = { ...filter, troubled: currentTarget.checked };
  };
  return html`<div class="filters" role="search" aria-label="Filter servers">
    <label class="check"><input type="checkbox" checked=${filter.troubled} onChange=${choose} /> only those that take no connections</label>
    <label><span class="hidden">Server</span><input type="search" placeholder="server, service, address or state" value=${filter.text} onInput=${search} /></label>
  </div>`;
};

export const ServiceTables = ({ store }: StoreProps): VNode => {
  const [shown, setShown] = useState(mostSections);
  const tables = tablesOf(store.views.value);
  if (tables.length === 0) return html`<p class="quiet">No director that answers has a virtual service.</p>`;
  const filter = store.serverFilter.value;
  const sections = sectionsOf(tables, filter, mostRows);
  const isMany =
    filter !== allServers || tables.reduce((sum, { service }) => sum + service.servers.length, 0) > mostRows;
  const key = JSON.stringify(filter);
  return html`
    ${isMany && html`<${Filters} store=${store} />`}
    ${sections.length === 0 && html`<p class="quiet">No such server.</p>`}
    ${sections
      .slice(0, shown)
      .map(
        (section) =>
          html`<${ServiceSection} key=${`${section.table.service.name} ${key}`} section=${section} store=${store} />`,
      )}
    ${
      sections.length > shown &&
      html`<button type="button" class="more" onClick=${() => setShown(shown + mostSections)}>Show more of ${sections.length - shown} further services</button>`
    }
  `;
};
