// The faults that can be made on a director of one's own, as scripts for its shell. Pure.

import { dropFrames, emulate, join, type Script, type Side } from '../faults/impairment.ts';
import { type FaultName, flapEvery } from '../scenario/faults.ts';
import type { Act } from '../scenario/keys.ts';
import { quote } from './ssh.ts';

export type RemoteDirector = {
  /** Interfaces of its virtual routers. */
  readonly interfaces: readonly string[];
  /** Its virtual addresses, each with its interface. */
  readonly addresses: readonly { readonly address: string; readonly interface: string }[];
};

/** Faults of real servers whose hosts are reached, too: those of the lab. */
export type ServerFaults = Readonly<Partial<Record<FaultName, (act: Act) => Script>>>;

type Make = (act: Act, director: RemoteDirector) => Script;

const once =
  (apply: string): Make =>
  () => ({ apply, undo: ':' });

const devicesOf = ({ network }: Act, { interfaces }: RemoteDirector): readonly string[] =>
  network === undefined ? interfaces : [network];

const sidesOf = ({ direction }: Act): readonly Side[] =>
  direction === undefined ? ['ingress', 'egress'] : [direction === 'in' ? 'ingress' : 'egress'];

const drop =
  (what: 'all' | 'multicast'): Make =>
  (act, director) =>
    dropFrames(devicesOf(act, director), sidesOf(act), what);

const impair =
  (effect: (act: Act) => Parameters<typeof emulate>[1]): Make =>
  (act, director) =>
    join(devicesOf(act, director).map((device) => emulate(device, effect(act))));

const pidOf = ({ process }: Act): string =>
  process === 'controller' ? '$(systemctl show -P MainPID regent)' : `$(cat /run/regent/${process}.sock.pid)`;

const flap: Make = (act, director) => {
  const { apply, undo } = drop('all')(act, director);
  const pause = (act.every ?? flapEvery) / 1000;
  return {
    apply: `${apply}\n( while sleep ${pause}; do ${undo.replaceAll('\n', '; ')}; sleep ${pause}; ${apply.replaceAll('\n', '; ')}; done ) >/dev/null 2>&1 &\necho $! > /run/regent-drill-flap`,
    undo: `kill "$(cat /run/regent-drill-flap)"; sleep 0.1; rm -f /run/regent-drill-flap\n${undo}`,
  };
};

const deleteAddress: Make = (act, { addresses }) => {
  const found = addresses.find(({ address }) => address === act.address) ?? addresses[0];
  if (found === undefined) return { apply: 'false', undo: ':' };
  const device = quote(found.interface);
  // With the prefix length that it has there.
  const held = `ip -o address show dev ${device} | awk -v own=${quote(found.address)} '{ split($4, part, "/") } part[1] == own { print $4; exit }'`;
  return { apply: `ip address del "$(${held})" dev ${device}`, undo: ':' };
};

const filler = '/var/lib/regent/drill.filler';
const fillDisk: Make = () => ({
  apply: `free=$(df --output=avail -k /var/lib/regent | tail -n 1)\nfallocate -l "$((free * 1024))" ${filler} || { dd if=/dev/zero of=${filler} bs=1M 2>/dev/null || true; }`,
  undo: `rm -f ${filler}`,
});

/** By the shell itself, which saves the start of a program. */
const jumpClock: Make = ({ by = 0 }) => {
  const move = (milliseconds: number): string =>
    `now=\${EPOCHREALTIME/[.,]/}\nnow=$((now + ${milliseconds} * 1000))\ndate -s "@\${now:0:-6}.\${now: -6}"`;
  return { apply: move(by), undo: move(-by) };
};

const signal = (name: string): string => `systemctl kill --kill-whom=all -s ${name} regent`;

export const remoteFaults: Readonly<Partial<Record<FaultName, Make>>> = {
  cut: drop('all'),
  drop_multicast: drop('multicast'),
  lossy: impair(({ loss = 0 }) => ({ loss })),
  slow: impair(({ delay = 0 }) => ({ delay })),
  flap,
  halt: () => ({ apply: 'systemctl stop regent', undo: 'systemctl start regent' }),
  freeze: () => ({ apply: signal('STOP'), undo: signal('CONT') }),
  kill: (act) => ({ apply: `kill -KILL ${pidOf(act)}`, undo: ':' }),
  stop: (act) => ({
    apply: `pid=${pidOf(act)}\nkill -STOP "$pid"\necho "$pid" > /run/regent-drill-stopped`,
    undo: 'kill -CONT "$(cat /run/regent-drill-stopped)"; rm -f /run/regent-drill-stopped',
  }),
  kill_all: () => ({ apply: signal('KILL'), undo: 'systemctl start regent' }),
  flush_table: once('ipvsadm --clear'),
  delete_address: deleteAddress,
  fill_disk: fillDisk,
  jump_clock: jumpClock,
  reload: once('regent reload'),
  restart: once('systemctl restart regent'),
  handover: () => ({ apply: 'regent handover', undo: 'regent resume' }),
  drain: ({ server = '' }) => ({ apply: `regent drain ${quote(server)}`, undo: `regent undrain ${quote(server)}` }),
};

/** Why a fault cannot be made on a pair of one's own. */
export const whyNot: Readonly<Partial<Record<FaultName, string>>> = {
  unplug: "a carrier is the switch's to take; cut loses the networks and leaves it",
  rogue: 'a foreign speaker may take over other routers, too',
  stop_server: 'real servers are not reached by ssh; drain works',
  hang_server: 'real servers are not reached by ssh; drain works',
  slow_server: 'real servers are not reached by ssh; drain works',
  kill_engine: 'only a fleet of the lab has it',
  freeze_engine: 'only a fleet of the lab has it',
};
