// The rules about what a host's kernel has for its routers beside the election: no more and no less than their states require.

import { macvlanKey } from '../../kernel/route/macvlans.ts';
import type { RouteEntry } from '../../kernel/route/virtual-routes.ts';
import type { RouterStatus } from '../../vrrp/status.ts';
import type { Machine } from './machine.ts';
import type { Setting } from './scenario.ts';
import { linksOf } from './settings.ts';

/** A director as these rules see it. */
export type Holder = {
  readonly machine: Machine;
  readonly status: () => readonly RouterStatus[];
  readonly held: () => readonly string[];
  readonly recordFault: () => string | undefined;
};

export type HoldingRules = {
  /** A process begins: it knows only what the record on disk names. */
  readonly opened: (machine: Machine) => void;
  /** The last will of a dead process was executed. */
  readonly willed: (machine: Machine) => void;
  readonly announced: (machine: Machine, address: string, mac: string) => void;
  readonly withdrawn: (machine: Machine, address: string) => void;
  readonly routed: (machine: Machine, entry: RouteEntry) => void;
  /** @param holds whether a router by its name is master, or leaves. */
  readonly turned: (machine: Machine, holds: (router: string) => boolean) => void;
  readonly calm: (holder: Holder) => void;
};

/** The keys in a record under this boot. */
const recordedIn = (text: string | undefined, boot: number): readonly string[] => {
  const { bootId, keys = [] } = JSON.parse(text ?? '{}') as { bootId?: string; keys?: readonly string[] };
  return bootId === `boot ${boot}` ? keys : [];
};

export const createHoldingRules = (setting: Setting, fail: (what: string) => void): HoldingRules => {
  const links = linksOf(setting);
  /** Addresses that a process could not know to be regent's: the disk had refused the record. */
  const unknown = new Map<Machine, ReadonlySet<string>>();

  const routesOf = (machine: Machine, name: string): readonly RouteEntry[] =>
    machine.kernel.routes.list().filter((route) => route.interface === name);
  const macvlanOf = (machine: Machine, name: string) =>
    machine.kernel.macvlans.list().find((one) => macvlanKey(one) === macvlanKey({ name }));

  const judgeRouter = ({ machine }: Holder, link: number, isMaster: boolean): void => {
    const { name, macvlan } = links[link] ?? { name: '', macvlan: { name: '' } };
    const routes = routesOf(machine, name).length;
    if (routes !== (isMaster && setting.hasRoutes ? 1 : 0))
      fail(`${machine.name} has ${routes} routes of r${link + 1} when all is calm`);
    if (setting.hasVirtualMac && macvlanOf(machine, macvlan.name)?.up !== isMaster)
      fail(`${machine.name} has its virtual MAC ${isMaster ? 'down' : 'up'} when all is calm`);
  };

  return {
    opened: (machine) => {
      const recorded = recordedIn(machine.disk.read('addresses.json'), machine.boot);
      const left = machine.kernel
        .list()
        .filter(({ interface: name, address }) => !recorded.some((key) => key.includes(name) && key.includes(address)))
        .map(({ address }) => address);
      if (left.length > 0 && !machine.disk.isBehind)
        fail(`${machine.name} has ${left.join(', ')}, which its record does not name`);
      unknown.set(machine, new Set(left));
    },
    willed: (machine) => {
      const left = links.find(({ virtual }) => machine.kernel.holds(virtual));
      if (left !== undefined) fail(`${machine.name} has ${left.virtual} after the last will of its process`);
    },
    announced: (machine, address, mac) => {
      const link = links.find(({ virtual }) => virtual === address);
      if (setting.hasVirtualMac && link !== undefined && mac !== link.macvlan.mac)
        fail(`${machine.name} announced ${address} at ${mac}, which is not its virtual MAC`);
    },
    withdrawn: (machine, address) => {
      const link = links.find(({ virtual }) => virtual === address);
      if (link !== undefined && routesOf(machine, link.name).length > 0)
        fail(`${machine.name} removed ${address} before the routes that need it`);
    },
    routed: (machine, { interface: name }) => {
      const link = links.find((one) => one.name === name);
      if (link !== undefined && !machine.kernel.isRefusing && !machine.kernel.holds(link.virtual))
        fail(`${machine.name} added a route before ${link.virtual}`);
    },
    turned: (machine, holds) => {
      for (const [link, { name, macvlan }] of links.entries()) {
        if (holds(`r${link + 1}`)) continue;
        if (routesOf(machine, name).length > 0)
          fail(`${machine.name} has routes of r${link + 1} and is not its master`);
        if (macvlanOf(machine, macvlan.name)?.up === true)
          fail(`${machine.name} has the virtual MAC of r${link + 1} up and is not its master`);
      }
    },
    calm: (holder) => {
      const { machine } = holder;
      const routers = holder.status();
      const wanted = new Set(routers.some(({ state }) => state === 'master') ? holder.held() : []);
      const present = machine.kernel.list().map(({ address }) => address);
      const surplus = present.filter((address) => !wanted.has(address) && unknown.get(machine)?.has(address) !== true);
      if (surplus.length > 0) fail(`${machine.name} has ${surplus.join(', ')}, which it should not`);
      const lacking = [...wanted].filter((address) => !present.includes(address as never));
      if (lacking.length > 0) fail(`${machine.name} lacks ${lacking.join(', ')}`);
      if (machine.disk.refusals === 0 && holder.recordFault() !== undefined)
        fail(`${machine.name} has not written its record, and its disk is well again`);
      const masters = routers.filter(({ state }) => state === 'master').length;
      const rules = machine.kernel.rules.list().length;
      if (rules !== (setting.hasRoutes ? masters : 0)) fail(`${machine.name} has ${rules} rules when all is calm`);
      for (const [link, { state }] of routers.entries()) judgeRouter(holder, link, state === 'master');
    },
  };
};
