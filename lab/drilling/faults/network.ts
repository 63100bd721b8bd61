// Faults of the network: at the switch, where hosts do not notice, and at the interfaces.

import { dropFrames, emulate, type Side } from '../../../drill/faults/impairment.ts';
import { flapEvery } from '../../../drill/scenario/faults.ts';
import type { Act } from '../../../drill/scenario/keys.ts';
import { addressOn, interfaceNames, type NetworkName, networkNames } from '../../topology.ts';
import { director, impair, type LabParts, type Make } from './parts.ts';

const networksOf = ({ network }: Act): readonly NetworkName[] =>
  network === undefined ? networkNames : [network as NetworkName];

/** At the switch a frame to the host leaves the port. */
const sidesOf = ({ direction }: Act): readonly Side[] =>
  direction === undefined ? ['ingress', 'egress'] : [direction === 'in' ? 'egress' : 'ingress'];

const dropAtSwitch = (act: Act, { hosts }: LabParts, what: 'all' | 'multicast') =>
  impair(hosts, [
    [
      'switch',
      dropFrames(
        networksOf(act).map((network) => hosts.portOf(director(act), network)),
        sidesOf(act),
        what,
      ),
    ],
  ]);

export const cut: Make = async (act, parts) => {
  if (act.direction !== undefined) return dropAtSwitch(act, parts, 'all');
  const at = Date.now();
  const network = act.network as NetworkName | undefined;
  await parts.hosts.cut(director(act), network);
  return { at, isolates: network === undefined, undo: () => parts.hosts.mend(director(act), network) };
};

export const unplug: Make = async (act, { hosts }) => {
  const at = Date.now();
  const network = act.network as NetworkName | undefined;
  await hosts.unplug(director(act), network);
  return { at, isolates: network === undefined, undo: () => hosts.plug(director(act), network) };
};

/** Frames in both directions: what the host sends at its own interface, what it receives at the switch's port. */
const emulateBoth = (act: Act, { hosts }: LabParts, effect: Parameters<typeof emulate>[1]) =>
  impair(
    hosts,
    networksOf(act).flatMap((network) => [
      [director(act), emulate(interfaceNames[network], effect)] as const,
      ['switch', emulate(hosts.portOf(director(act), network), effect)] as const,
    ]),
  );

export const lossy: Make = (act, parts) => emulateBoth(act, parts, { loss: act.loss ?? 0 });
export const slow: Make = (act, parts) => emulateBoth(act, parts, { delay: act.delay ?? 0 });
export const dropMulticast: Make = (act, parts) => dropAtSwitch(act, parts, 'multicast');

export const flap: Make = async (act, { hosts }) => {
  const name = director(act);
  const at = Date.now();
  let isCut = true;
  await hosts.cut(name);
  // One change after the other: the undo comes after the last.
  let change: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    isCut = !isCut;
    const next = isCut ? hosts.cut : hosts.mend;
    change = change.then(() => next(name)).catch(() => {});
  }, act.every ?? flapEvery);
  return {
    at,
    isolates: false,
    undo: async () => {
      clearInterval(timer);
      await change;
      await hosts.mend(name);
    },
  };
};

export const rogue: Make = async (act, { hosts, networkOf, addressOf }) => {
  const network = networkOf(act.router ?? 0);
  if (network === undefined) throw new Error(`no virtual router of the lab is ${act.router}`);
  const host = network === '55' ? 'cl0' : 'rs0';
  const at = Date.now();
  const own = addressOn(host, network) ?? '';
  const router = act.router ?? 0;
  const args = [interfaceNames[network], own, String(router), String(act.priority ?? 255), addressOf(router)];
  const child = hosts.start(host, [...hosts.program('rogue'), ...args], { stdio: 'ignore' });
  return { at, isolates: false, undo: async () => void child.kill('SIGKILL') };
};
