// No debugger for other users: Node opens one on 127.0.0.1:9229 when SIGUSR1 comes, for whoever can connect. Import this first.

import { close, url } from 'node:inspector';

/** A developer may ask for one. */
const isWanted = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].some((flag) =>
  /--inspect(?!-port|-publish)/.test(flag),
);

const closeIfOpen = (): void => {
  if (!isWanted && url() !== undefined) close();
};

process.on('SIGUSR1', () => undefined);
closeIfOpen();
// A signal that came just before is carried out a moment later.
for (const delay of [0, 20, 100, 500]) setTimeout(closeIfOpen, delay).unref();
