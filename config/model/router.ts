// Virtual routers and what they track, made from what the file says. Pure.

import { type Milliseconds, milliseconds } from '../../base/units.ts';
import { type Family, familyOf, unspecified } from '../../net/ip-address.ts';
import type { virtualAddress } from '../schema/address-keys.ts';
import type { Made } from '../schema/kind.ts';
import { type route, type rule, usualMetric } from '../schema/route-keys.ts';
import { type router, usualWindow } from '../schema/router-keys.ts';
import { flapping, type TrackedKind, type track, trackedKinds, usualDelays } from '../schema/tracking-keys.ts';
import type { vrrp } from '../schema/vrrp-keys.ts';
import { virtualInterfaceName } from './virtual-mac.ts';

type RouterKeys = Made<typeof router>;

const addressOf = ({ address, scope, ...others }: Made<typeof virtualAddress>) => ({
  ...address,
  ...others,
  // The kernel's own.
  ...(scope !== undefined && scope !== 'global' && { scope }),
});

/** @param home the router's own family, the default */
const routeOf = ({ to, onLink, metric, ...others }: Made<typeof route>, home: Family) => {
  const said = to === 'default' ? (others.via ?? others.source) : to.address;
  const family = said === undefined ? home : familyOf(said);
  return {
    ...others,
    family,
    to: to === 'default' ? unspecified[family] : to.address,
    prefixLength: to === 'default' ? 0 : to.prefixLength,
    metric: metric ?? usualMetric[family],
    ...(onLink && { onLink }),
  };
};

const ruleOf = ({ type, table, family, ...others }: Made<typeof rule>, home: Family) => {
  const said = (others.from ?? others.to)?.address;
  return {
    ...others,
    family: said === undefined ? (family ?? home) : familyOf(said),
    action: type ?? ('table' as const),
    /** The table that the action looks up; else 0. */
    table: table ?? 0,
  };
};

const defaultWindow = (interval: Milliseconds): Milliseconds =>
  milliseconds(Math.max(usualWindow.intervals * interval, usualWindow.least));

const authenticationOf = (raw: NonNullable<RouterKeys['authentication']>, interval: Milliseconds) => {
  const { type, password = '', ...hmac } = raw;
  return type === 'password'
    ? { type, password }
    : { ...hmac, type, keyFile: hmac.keyFile ?? '', window: hmac.window ?? defaultWindow(interval) };
};

const virtualMacOf = (raw: Exclude<RouterKeys['virtualMac'], false>, family: Family, virtualRouterId: number) =>
  raw === true ? { interface: virtualInterfaceName(family, virtualRouterId) } : raw;

const trackOf = (raw: Made<typeof track>) => {
  const kind = trackedKinds.find((one) => raw[one] !== undefined) ?? 'interface';
  const { [kind]: name = '', ...settings } = raw;
  return {
    ...(settings as Omit<typeof raw, TrackedKind>),
    kind,
    /** An interface's name, a prefix (0.0.0.0/0 for the default route), an address, or the name of another configured item. */
    name,
    /** Of several entries for one item the longest applies. */
    downDelay: raw.downDelay ?? usualDelays.down,
    upDelay: raw.upDelay ?? (flapping.includes(kind) ? usualDelays.upOfFlapping : usualDelays.up),
  };
};

/** The family of the first address. */
const familyOfRouter = ({ addresses: [first] }: RouterKeys): Family =>
  first === undefined ? 'ipv4' : familyOf(first.address.address);

const routerOf = (raw: RouterKeys) => {
  const { sharesAddresses: _, releasesAddresses, authentication, virtualMac, ...others } = raw;
  const family = familyOfRouter(raw);
  return {
    ...others,
    /** The family of its addresses and of its packets. */
    family,
    /** Whether it sends to the multicast group and listens to it. */
    multicast: raw.multicast ?? raw.peers.length === 0,
    ...(releasesAddresses && { releasesAddresses }),
    ...(authentication && { authentication: authenticationOf(authentication, raw.advertisementInterval) }),
    track: raw.track.map(trackOf),
    addresses: raw.addresses.map(addressOf),
    excluded: raw.excluded.map(addressOf),
    routes: raw.routes.map((each) => routeOf(each, family)),
    rules: raw.rules.map((each) => ruleOf(each, family)),
    lease: raw.lease,
    /** The interface with the router's virtual MAC; absent if the router's own interface serves. */
    ...(virtualMac !== false && { virtualMac: virtualMacOf(virtualMac, family, raw.virtualRouterId) }),
  };
};

export const vrrpOf = (raw: Made<typeof vrrp>) => ({
  ...raw,
  routers: raw.routers.map(routerOf),
  groups: raw.groups.map((group) => ({ ...group, track: group.track.map(trackOf) })),
  scripts: raw.scripts.map((script) => ({ ...script, timeout: script.timeout ?? script.interval })),
});
