// Receives the messages for the page; once they end, the page shows nothing as known.

import type { Message } from '../model/view.ts';
import type { Store } from './store.ts';

/** The stream says something twice a second: after this silence, in milliseconds, the page knows nothing. */
const silenceLimit = 1800;
/** How long a new stream may take to begin, in milliseconds. */
const patience = 4000;
const lookEvery = 200;

const gone = 'what serves this page does not answer; it may have ended';

export const listen = (store: Store): void => {
  let source: EventSource | undefined;
  let heardAt = performance.now();
  let openedAt = heardAt;
  const open = (): void => {
    source?.close();
    openedAt = performance.now();
    const opened = new EventSource('stream');
    source = opened;
    opened.onmessage = ({ data }: MessageEvent<string>) => {
      heardAt = performance.now();
      store.hear(JSON.parse(data) as Message);
      store.deafness.value = undefined;
    };
    opened.onerror = () => {
      store.deafness.value = gone;
    };
  };
  open();
  setInterval(() => {
    store.now.value = Date.now();
  }, 1000);
  setInterval(() => {
    const now = performance.now();
    if (now - heardAt < silenceLimit) return;
    store.deafness.value = gone;
    if (now - openedAt > patience) open();
  }, lookEvery);
};
