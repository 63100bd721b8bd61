// The faults on the namespaces of the lab, each with its way back.

import type { FaultName } from '../../../drill/scenario/faults.ts';
import { fillDisk } from './disk.ts';
import { cut, dropMulticast, flap, lossy, rogue, slow, unplug } from './network.ts';
import { deleteAddress, drain, flushTable, handover, reload } from './operation.ts';
import type { Make } from './parts.ts';
import { freeze, halt, kill, killAll, powerCut, restart, stop } from './processes.ts';
import { hangServer, slowServer, stopServer } from './servers.ts';

/** Each fault that the lab can make. */
export const labFaults: Readonly<Partial<Record<FaultName, Make>>> = {
  cut,
  unplug,
  halt,
  power_cut: powerCut,
  lossy,
  slow,
  drop_multicast: dropMulticast,
  freeze,
  kill,
  stop,
  kill_all: killAll,
  stop_server: stopServer,
  hang_server: hangServer,
  slow_server: slowServer,
  flap,
  rogue,
  flush_table: flushTable,
  delete_address: deleteAddress,
  fill_disk: fillDisk,
  reload,
  restart,
  handover,
  drain,
};
