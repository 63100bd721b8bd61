// Log text of an IPVS change: the entry, and each setting before and after. Pure.

import { unreachable } from '../../base/unreachable.ts';
import { type DestinationEntry, destinationKey, type ServiceEntry, serviceKey } from '../../kernel/ipvs/entries.ts';
import type { IpvsChange } from '../../kernel/ipvs/table.ts';

type Settings = Readonly<Record<string, string | number>>;

const serviceSettings = ({ scheduler, persistence, fallback, hashPort, onePacket }: ServiceEntry): Settings => {
  const flags = [fallback && 'fallback', hashPort && 'port'].filter(Boolean).join(' and ');
  const { timeout, prefixLength, engine } = persistence ?? {};
  return {
    scheduler,
    'scheduler flags': flags || 'none',
    'one packet': onePacket === true ? 'on' : 'off',
    persistence: timeout === undefined ? 'off' : [`${timeout} s /${prefixLength}`, engine ?? []].flat().join(' '),
  };
};

const destinationSettings = (entry: DestinationEntry): Settings => {
  const { weight, forwarding, upperThreshold = 0, lowerThreshold = 0, tunnel } = entry;
  return {
    weight,
    forwarding,
    'most connections': upperThreshold,
    'connections to resume at': lowerThreshold,
    tunnel: tunnel === undefined ? 'ipip' : `${tunnel.type} port ${tunnel.port} checksum ${tunnel.checksum}`,
  };
};

const compare = (from: Settings, to: Settings): string =>
  Object.entries(to)
    .filter(([name, value]) => from[name] !== value)
    .map(([name, value]) => `${name} ${from[name]} -> ${value}`)
    .join(', ');

/** `tcp 10.0.0.1:80 -> 10.1.0.1:80 weight 0 -> 100`, `service tcp 10.0.0.1:80 scheduler rr -> wrr`. */
export const describeChange = (change: IpvsChange): string => {
  const { type, entry } = change;
  const isDestination = 'service' in entry;
  const name = isDestination ? destinationKey(entry) : `service ${serviceKey(entry)}`;
  switch (type) {
    case 'add':
      return isDestination ? `${name} added with weight ${entry.weight}` : `${name} added (${entry.scheduler})`;
    case 'remove':
      return `${name} removed`;
    case 'update': {
      const { from } = change;
      const what =
        'service' in from
          ? isDestination && compare(destinationSettings(from), destinationSettings(entry))
          : !isDestination && compare(serviceSettings(from), serviceSettings(entry));
      return `${name} ${what || 'changed'}`;
    }
    default:
      return unreachable(type);
  }
};
