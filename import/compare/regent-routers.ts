// Facts about regent's routers, groups and trackers, in the form of keepalived's. Pure.

import type { DirectorConfig, RouterConfig, VirtualAddress } from '../../config/model/model.ts';
import type { TrackConfig } from '../../config/model/tracking-model.ts';
import { heldAddresses } from '../../config/model/virtual-addresses.ts';
import { commandText, type Facts, type Fields, fields, pathText, sorted, waitText } from './facts.ts';
import { vrrpDirectorFacts } from './regent-director.ts';
import { routeTexts, ruleTexts } from './regent-paths.ts';

const groups = { ipv4: '224.0.0.18', ipv6: 'ff02::12' } as const;

const addressText = (address: VirtualAddress & { readonly interface: string }): string => {
  const isV6 = address.address.includes(':');
  const isPreferred = address.preferred ?? address.prefixLength < 128;
  return [
    `${address.address}/${address.prefixLength}`,
    `dev ${address.interface}`,
    ...(address.scope === undefined ? [] : [`scope ${address.scope}`]),
    ...(address.label === undefined ? [] : [`label ${address.label}`]),
    ...(address.broadcast === undefined ? [] : [`brd ${address.broadcast}`]),
    ...(isV6 ? [isPreferred ? 'preferred' : 'deprecated'] : []),
  ].join(' ');
};

const addressTexts = (router: RouterConfig, key: 'addresses' | 'excluded'): string => {
  const only = { ...router, addresses: [], excluded: [], [key]: router[key] };
  return sorted(heldAddresses(only).map(addressText));
};

const trackTexts = (tracks: readonly TrackConfig[], { vrrp }: DirectorConfig): string =>
  sorted(
    tracks.map(({ kind, name, weight, downDelay, upDelay }) => {
      const named = [...vrrp.scripts, ...vrrp.processes, ...vrrp.files].find(
        (each) => each.name === name && kind !== 'interface',
      );
      return `${kind} ${name} weight ${weight ?? named?.weight ?? 0}${waitText(downDelay, upDelay)}`;
    }),
  );

/** keepalived counts an interface of a group for each of its members. */
const isLink = ({ kind }: TrackConfig): boolean => kind === 'interface';

/** If an interface is tracked twice, a fault overrides a weight. */
const strictest = (tracks: readonly TrackConfig[]): readonly TrackConfig[] =>
  tracks.filter(
    (track, index) =>
      !isLink(track) ||
      !tracks.some(
        (other, at) =>
          at !== index &&
          isLink(other) &&
          other.name === track.name &&
          (!other.weight || at < index) &&
          !(!track.weight && at > index),
      ),
  );

const routerFields = (router: RouterConfig, config: DirectorConfig): Fields => {
  const group = config.vrrp.groups.find(({ routers }) => routers.includes(router.name));
  return fields({
    version: router.version,
    interface: router.interface,
    'virtual MAC': router.virtualMac?.interface ?? 'none',
    'virtual router id': router.virtualRouterId,
    priority: router.priority,
    'advertisement interval': `${router.advertisementInterval} ms`,
    'advertisements until dead': router.downAfter,
    preempts: router.preempt ? 'yes' : 'no',
    'preemption delay': `${router.preemptDelay} ms`,
    accepts: router.accept ? 'yes' : 'no',
    password: router.authentication?.type === 'password' ? router.authentication.password : 'none',
    source: router.source ?? 'any of the interface',
    speaks: `to ${router.multicast ? groups[router.family] : sorted(router.peers)}`,
    ...(!router.multicast && {
      'checks senders': router.checkSource ? 'yes' : 'no',
      'least TTL': router.minTtl,
    }),
    'announces again every': `${router.announceEvery / 1000} s`,
    addresses: addressTexts(router, 'addresses'),
    'excluded addresses': addressTexts(router, 'excluded'),
    tracks: trackTexts(strictest([...router.track, ...(group?.track ?? []).filter(isLink)]), config),
    routes: routeTexts(router.routes),
    rules: ruleTexts(router.rules),
    group: group?.name ?? 'none',
    'when its interface is down': 'is in fault',
  });
};

/** The routers of a configuration, their groups, and their trackers. */
export const routerFacts = (config: DirectorConfig): Facts => {
  const { vrrp } = config;
  const tracked = new Set(
    [...vrrp.routers, ...vrrp.groups].flatMap(({ track }) => track.map(({ kind, name }) => `${kind} ${name}`)),
  );
  // keepalived drops scripts and files that nothing tracks.
  const files = vrrp.files.filter(({ name }) => tracked.has(`file ${name}`));
  const scripts = vrrp.scripts.filter(({ name }) => tracked.has(`script ${name}`));
  return new Map<string, Fields>([
    ...vrrpDirectorFacts(config),
    ...vrrp.routers.map((router) => [`router ${router.name}`, routerFields(router, config)] as const),
    ...vrrp.groups.map(
      ({ name, routers, track }) =>
        [
          `group ${name}`,
          fields({
            routers: sorted(routers),
            tracks: trackTexts(
              track.filter((each) => !isLink(each)),
              config,
            ),
          }),
        ] as const,
    ),
    ...scripts.map(
      ({ name, command, interval, timeout, rise, fall }) =>
        [
          `script ${name}`,
          fields({ command: commandText(command), interval: `${interval} ms`, timeout: `${timeout} ms`, rise, fall }),
        ] as const,
    ),
    ...files.map(({ name, path }) => [`file ${name}`, fields({ path: pathText(path) })] as const),
    ...vrrp.processes.map(
      ({ name, process, quorum }) =>
        [`process ${name}`, fields({ program: process, parameters: 'any', quorum })] as const,
    ),
  ]);
};
