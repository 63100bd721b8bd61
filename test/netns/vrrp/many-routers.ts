// Two hosts with many routers, interfaces or addresses, joined by a switch whose ports can be cut silently.

import { execFileSync } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { createNamespace, type Namespace } from '../namespaces.ts';
import { type Host, openHosts } from './hosts.ts';

/** What both hosts have: interfaces, and routers spread evenly over them. */
export type Shape = {
  readonly name: string;
  readonly interfaces: number;
  /** The interfaces are VLANs of one. */
  readonly vlans?: true;
  readonly routersEach: number;
  readonly addressesEach: number;
};

export type ManyRouter = {
  readonly name: string;
  readonly interface: string;
  readonly id: number;
  readonly addresses: readonly string[];
  /** Addresses that are not advertised: an advertisement has room for 255. */
  readonly excluded: readonly string[];
};

export type SwitchedHosts = {
  readonly hosts: readonly [Host, Host];
  /** Makes the switch drop all frames of the first host, which keeps its carrier; or forward them again. */
  readonly cut: (isCut: boolean) => void;
  /** Removes the switch; `closeHosts` removes the hosts. */
  readonly close: () => void;
};

const advertised = 20;
const trunk = 'trunk';
const numbers = (count: number): number[] => [...Array(count).keys()];
const portOf = (host: number, index: number): string => `${host === 0 ? 'left' : 'right'}${index}`;

export const interfaceOf = (shape: Shape, index: number): string =>
  shape.vlans ? `${trunk}.${100 + index}` : `eth${index}`;

/** The routers of a shape, each with its own addresses. */
export const routersOf = (shape: Shape): ManyRouter[] =>
  numbers(shape.interfaces).flatMap((link) =>
    numbers(shape.routersEach).map((router) => {
      const index = link * shape.routersEach + router;
      const addresses = numbers(shape.addressesEach).map((each) => {
        const number = index * shape.addressesEach + each;
        return `10.60.${number >> 8}.${number & 255}/32`;
      });
      return {
        name: `vip${index}`,
        interface: interfaceOf(shape, link),
        id: router + 1,
        addresses: addresses.slice(0, advertised),
        excluded: addresses.slice(advertised),
      };
    }),
  );

const batch = (namespace: Namespace, program: 'ip' | 'bridge', lines: readonly string[]): void => {
  execFileSync('ip', ['netns', 'exec', namespace.name, program, '-batch', '-'], { input: `${lines.join('\n')}\n` });
};

/** How many virtual addresses of these hosts' routers a host holds. */
export const heldBy = (host: Host): number =>
  Object.values(host.namespace.enter(networkInterfaces))
    .flat()
    .filter((entry) => entry?.address.startsWith('10.60.')).length;

/** Makes two hosts with the interfaces of a shape, each joined to the other's by a bridge. */
export const openSwitchedHosts = (shape: Shape): SwitchedHosts => {
  const hub = createNamespace('switch');
  const cables = shape.vlans ? 1 : shape.interfaces;
  const cableName = (index: number): string => (shape.vlans ? trunk : `eth${index}`);
  const hosts = openHosts((left, right) => {
    batch(
      hub,
      'ip',
      numbers(cables).flatMap((index) => [
        `link add br${index} type bridge`,
        `link set br${index} up`,
        ...[left, right].flatMap((host, side) => [
          `link add ${portOf(side, index)} type veth peer name ${cableName(index)} netns ${host.name}`,
          `link set ${portOf(side, index)} master br${index} up`,
        ]),
      ]),
    );
    for (const [side, host] of [left, right].entries())
      batch(host, 'ip', [
        ...numbers(cables).map((index) => `link set ${cableName(index)} up`),
        ...(shape.vlans
          ? numbers(shape.interfaces).map(
              (index) => `link add link ${trunk} name ${interfaceOf(shape, index)} type vlan id ${100 + index}`,
            )
          : []),
        ...numbers(shape.interfaces).flatMap((index) => [
          `address add 10.55.${index}.${11 + side}/24 dev ${interfaceOf(shape, index)}`,
          `link set ${interfaceOf(shape, index)} up`,
        ]),
      ]);
  });
  return {
    hosts,
    cut: (isCut) =>
      batch(
        hub,
        'bridge',
        // Port states (bridge(8)): 0 drops everything, 3 forwards.
        numbers(cables).map((index) => `link set dev ${portOf(0, index)} state ${isCut ? 0 : 3}`),
      ),
    close: hub.remove,
  };
};
