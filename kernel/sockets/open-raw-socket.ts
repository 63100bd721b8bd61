// Opens raw sockets: by the package raw-socket where it is installed and fits this Node, else by system calls. Both do the same.

import { createRequire } from 'node:module';
import type * as RawSocketPackage from 'raw-socket';
import { messageOf } from '../../base/error.ts';
import type { OpenRawSocket } from './raw-socket.ts';
import { openByCalls } from './raw-socket-by-calls.ts';
import { byPackage } from './raw-socket-by-package.ts';

type Package = { readonly loaded: typeof RawSocketPackage } | { readonly why: string };

/** An optional dependency: its native part needs a compiler, and fits one major version of Node. */
const load = (): Package => {
  try {
    return { loaded: createRequire(import.meta.url)('raw-socket') as typeof RawSocketPackage };
  } catch (error) {
    // Node adds the modules that asked for it, a line each.
    const [text = ''] = messageOf(error).split('\nRequire stack');
    const isMissing = text.includes("module 'raw-socket'");
    return { why: isMissing ? 'is not installed' : `does not load: ${text.replaceAll(/\s+/g, ' ')}` };
  }
};
const found = load();

/** Undefined where the package is not installed, or was built for another Node. */
export const openByPackage: OpenRawSocket | undefined = 'loaded' in found ? byPackage(found.loaded) : undefined;
export const openRawSocket: OpenRawSocket = openByPackage ?? openByCalls;

/** Why the package is not used, as text after its name; undefined where it is. */
export const whyByCalls: string | undefined = 'why' in found ? found.why : undefined;
