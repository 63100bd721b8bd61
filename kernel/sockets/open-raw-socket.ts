// Opens raw sockets: by the package raw-socket where it is installed and fits this Node, else by system calls. Both do the same.

import { createRequire } from 'node:module';
import type * as RawSocketPackage from 'raw-socket';
import type { OpenRawSocket } from './raw-socket.ts';
import { openByCalls } from './raw-socket-by-calls.ts';
import { byPackage } from './raw-socket-by-package.ts';

/** An optional dependency: its native part needs a compiler, and fits one major version of Node. */
const load = (): typeof RawSocketPackage | undefined => {
  try {
    return createRequire(import.meta.url)('raw-socket') as typeof RawSocketPackage;
  } catch {
    return undefined;
  }
};
const loaded = load();

/** Undefined where the package is not installed, or was built for another Node. */
export const openByPackage: OpenRawSocket | undefined = loaded && byPackage(loaded);
export const openRawSocket: OpenRawSocket = openByPackage ?? openByCalls;
