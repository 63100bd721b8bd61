// Hears what the page is told; where that ends, the page knows nothing.

import type { Message } from '../model/view.ts';
import type { Store } from './store.ts';

/** A director that answers is heard each second: after this silence, in milliseconds, the page asks for a new stream. */
const silenceLimit = 4000;

export const listen = (store: Store): void => {
  let source: EventSource | undefined;
  let heardAt = performance.now();
  const open = (): void => {
    source?.close();
    heardAt = performance.now();
    const opened = new EventSource('/stream');
    source = opened;
    opened.onmessage = ({ data }: MessageEvent<string>) => {
      heardAt = performance.now();
      store.hear(JSON.parse(data) as Message);
      store.deafness.value = undefined;
    };
    opened.onerror = () => {
      store.deafness.value = 'regent ui does not answer; it may have ended';
    };
  };
  open();
  setInterval(() => {
    store.now.value = Date.now();
    if (performance.now() - heardAt < silenceLimit) return;
    store.deafness.value = 'regent ui does not answer; it may have ended';
    open();
  }, 1000);
};
