// Directories of a director's sockets and state: from systemd, or the usual places.

import { join } from 'node:path';

export const runtimeDirectory = process.env.RUNTIME_DIRECTORY ?? '/run/regent';
export const stateDirectory = process.env.STATE_DIRECTORY ?? '/var/lib/regent';
export const controlSocket = join(runtimeDirectory, 'control.sock');
