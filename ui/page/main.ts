// The page of a pair of directors: draws itself, and follows the server's messages.

import { effect } from '@preact/signals';
import { html, render } from 'htm/preact';
import { App } from './app.ts';
import { marks } from './marks.ts';
import { openStore } from './store.ts';
import { listen } from './stream.ts';

const store = openStore();
effect(() => {
  const { tone, headline } = store.summary.value;
  document.title = `${marks[tone]} ${headline} · regent`;
});
listen(store);
render(html`<${App} store=${store} />`, document.body);
