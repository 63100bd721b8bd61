// Directories of a director's sockets and state, from systemd or the usual places; and of what an operator's commands keep.

import { homedir } from 'node:os';
import { join } from 'node:path';

export const runtimeDirectory = process.env.RUNTIME_DIRECTORY ?? '/run/regent';
export const stateDirectory = process.env.STATE_DIRECTORY ?? '/var/lib/regent';
export const controlSocket = join(runtimeDirectory, 'control.sock');

/** Of the user who runs a command, as the XDG Base Directory Specification has it. */
const userState = join(process.env.XDG_STATE_HOME ?? join(homedir(), '.local', 'state'), 'regent');

/** The report of the last drill, whatever file it was asked to write besides. */
export const lastDrillReport = join(userState, 'last-drill.html');
