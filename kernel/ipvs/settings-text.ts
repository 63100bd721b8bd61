// The settings of IPVS entries as they stand in the kernel's messages, without what counts: two readings with equal texts need
// not be decoded, which costs ten times as much as the reading. Pure.

import { readU16 } from '../netlink/codec.ts';
import { genericHeader } from '../netlink/generic-netlink.ts';
import { commandAttributes, destinationAttributes, serviceAttributes } from './attributes.ts';

const typeMask = 0x3fff;
/** IPVS_SVC_ATTR_STATS and IPVS_DEST_ATTR_STATS, of 32 bits; IPVS_DEST_ATTR_PERSIST_CONNS. */
const shortStatistics = 10;
const persistentConnections = 9;

const countedInServices = new Set<number>([shortStatistics, serviceAttributes.statistics[0]]);
/** Weights change with every verdict, and the listing has them. */
const countedInDestinations = new Set<number>([
  shortStatistics,
  persistentConnections,
  destinationAttributes.weight[0],
  destinationAttributes.activeConnections[0],
  destinationAttributes.inactiveConnections[0],
  destinationAttributes.statistics[0],
]);

/** Calls back with each attribute's number and place; what is cut short ends it. */
const eachAttribute = (
  bytes: Buffer,
  from: number,
  to: number,
  take: (id: number, from: number, to: number) => void,
): void => {
  for (let at = from; to - at >= 4; ) {
    const length = readU16(bytes, at);
    if (length < 4 || length > to - at) return;
    take(readU16(bytes, at + 2) & typeMask, at, at + length);
    at += (length + 3) & ~3;
  }
};

/** @param payload of a generic netlink message: a service or a destination */
export const settingsText = (payload: Buffer): string => {
  let text = '';
  eachAttribute(payload, genericHeader, payload.length, (entry, from, to) => {
    const counted = entry === commandAttributes.destination[0] ? countedInDestinations : countedInServices;
    eachAttribute(payload, from + 4, to, (id, start, end) => {
      if (!counted.has(id)) text += payload.toString('latin1', start, end);
    });
    text += '\n';
  });
  return text;
};
