// The page as a whole.

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { describeTime } from '../model/words.ts';
import { ActionDialog } from './action-dialog.ts';
import { DirectorCard } from './director-card.ts';
import { EventList } from './event-list.ts';
import { Headline } from './headline.ts';
import { ServiceTables } from './service-tables.ts';
import type { StoreProps } from './store.ts';
import { TransitionList } from './transition-list.ts';

const Footer = ({ store }: StoreProps): VNode => {
  const { hello } = store;
  const { version, readOnly, report } = hello.value ?? {};
  return html`<footer class="foot">
    <span>regent ${version}${readOnly ? ', read only' : ''}</span>
    ${report && html`<a href="report">Last drill: ${report.name}, ${describeTime(report.at)}</a>`}
    <a href="LICENSES.txt">Licences</a>
  </footer>`;
};

export const App = ({ store }: StoreProps): VNode => html`
  <a class="skip" href="#services">Skip to the services</a>
  <${Headline} store=${store} />
  <main>
    <section aria-labelledby="directors-title">
      <h2 id="directors-title">Directors</h2>
      <div class="directors">
        ${store.views.value.map((view) => html`<${DirectorCard} key=${view.id} view=${view} store=${store} />`)}
      </div>
    </section>
    <div class="halves">
      <div class="present">
        <section id="services" aria-labelledby="services-title" tabindex="-1">
          <h2 id="services-title">Services</h2>
          <${ServiceTables} store=${store} />
        </section>
        <${TransitionList} store=${store} />
      </div>
      <${EventList} store=${store} />
    </div>
  </main>
  <${Footer} store=${store} />
  <${ActionDialog} store=${store} />
`;
