// Keeps the debugger shut: on SIGUSR1 Node opens one on 127.0.0.1:9229 for any local user. Import this first.

import { close, url } from 'node:inspector';

/** Whether a developer asked for a debugger. */
const isWanted = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].some((flag) =>
  /--inspect(?!-port|-publish)/.test(flag),
);

const closeIfOpen = (): void => {
  if (!isWanted && url() !== undefined) close();
};

process.on('SIGUSR1', () => undefined);
closeIfOpen();
// Node handles a signal that came before this line once its loop turns or a moment later, even if it has handled it already.
setImmediate(() => {
  closeIfOpen();
  for (const delay of [0, 20, 100, 500]) setTimeout(closeIfOpen, delay).unref();
});
