// The faults that a drill can make, with the keys that each takes. Targets say which of them they can do.

import { milliseconds } from '../../base/units.ts';

/** How often a flap changes its state, where its step does not say. */
export const flapEvery = milliseconds(1000);

/** What a fault is done to. */
export type FaultPlace = 'director' | 'server' | 'router' | 'all' | 'none';

export type FaultRow = {
  readonly place: FaultPlace;
  /** Further keys that it must have, and those that it may have. */
  readonly needs?: readonly StepKey[];
  readonly may?: readonly StepKey[];
  /** Whether it lasts until it is undone; else it is over when it is done. */
  readonly lasts: boolean;
  /** One line for people. */
  readonly doc: string;
};

/** The keys of a step that only some faults take. */
export type StepKey =
  | 'director'
  | 'server'
  | 'network'
  | 'direction'
  | 'loss'
  | 'delay'
  | 'process'
  | 'every'
  | 'router'
  | 'priority'
  | 'address'
  | 'by';

export const faultRows = {
  halt: { place: 'director', lasts: true, doc: 'stops the director in order, and takes its host off both networks' },
  power_cut: { place: 'director', lasts: true, doc: 'ends everything on the host in one moment, without a farewell' },
  cut: {
    place: 'director',
    may: ['network', 'direction'],
    lasts: true,
    doc: 'takes the host off its networks, silently: all, one network, or one direction; its interfaces keep their carrier',
  },
  unplug: {
    place: 'director',
    may: ['network'],
    lasts: true,
    doc: 'pulls the cables of the host, all or of one network: its interfaces lose their carrier',
  },
  lossy: {
    place: 'director',
    needs: ['loss'],
    may: ['network'],
    lasts: true,
    doc: 'loses a part of the frames',
  },
  slow: { place: 'director', needs: ['delay'], may: ['network'], lasts: true, doc: 'delays all frames' },
  drop_multicast: {
    place: 'director',
    may: ['network', 'direction'],
    lasts: true,
    doc: 'drops IPv4 multicast, as a switch with wrong snooping does',
  },
  freeze: { place: 'director', lasts: true, doc: 'pauses all processes of the director (SIGSTOP)' },
  thaw: { place: 'director', lasts: false, doc: 'lets a frozen director run again' },
  kill: { place: 'director', needs: ['process'], lasts: false, doc: 'ends one process of the director (SIGKILL)' },
  stop: { place: 'director', needs: ['process'], lasts: true, doc: 'pauses one process of the director (SIGSTOP)' },
  kill_all: { place: 'director', lasts: true, doc: 'ends all processes of the director (SIGKILL)' },
  kill_engine: { place: 'director', lasts: true, doc: 'ends the routing daemon of a director of a fleet (SIGKILL)' },
  freeze_engine: {
    place: 'director',
    lasts: true,
    doc: 'pauses the routing daemon of a director of a fleet (SIGSTOP)',
  },
  stop_server: { place: 'server', lasts: true, doc: 'ends the web server: its port refuses' },
  hang_server: { place: 'server', lasts: true, doc: 'pauses the web server: it accepts, and does not answer' },
  slow_server: { place: 'server', needs: ['delay'], lasts: true, doc: 'delays what the web server sends' },
  flap: { place: 'director', may: ['every'], lasts: true, doc: 'cuts the host off and mends it, again and again' },
  rogue: {
    place: 'router',
    may: ['priority'],
    lasts: true,
    doc: 'a foreign host advertises the virtual router, with priority 255 unless told',
  },
  flush_table: { place: 'director', lasts: false, doc: 'empties the IPVS table (ipvsadm --clear)' },
  delete_address: { place: 'director', may: ['address'], lasts: false, doc: 'deletes a virtual address of the host' },
  fill_disk: { place: 'director', lasts: true, doc: "fills the file system of the director's state" },
  jump_clock: { place: 'director', needs: ['by'], lasts: true, doc: "sets the host's wall clock" },
  reload: { place: 'director', lasts: false, doc: 'reloads the configuration' },
  restart: { place: 'director', lasts: false, doc: 'stops the director and starts it again' },
  handover: {
    place: 'director',
    lasts: true,
    doc: 'hands mastership over, or withdraws anycast addresses; mend takes part again',
  },
  drain: { place: 'server', lasts: true, doc: 'drains a real server; mend ends that' },
  mend: { place: 'all', lasts: false, doc: 'undoes the faults of a director or server, or all' },
  wait: { place: 'none', lasts: false, doc: 'does nothing: the time is only watched' },
} as const satisfies Readonly<Record<string, FaultRow>>;

export type FaultName = keyof typeof faultRows;
export const faultNames = Object.keys(faultRows) as readonly FaultName[];
export const rowOf = (name: FaultName): FaultRow => faultRows[name];

/** Faults that chaos takes unless the file lists others: those that need no key beyond their place. */
export const chaosFaults = [
  'cut',
  'freeze',
  'kill',
  'stop_server',
  'hang_server',
  'flush_table',
  'delete_address',
] as const;
