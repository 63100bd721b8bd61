// Judges a received packet for a router: an accepted advertisement, or the reason to drop it. Pure.

import type { AuthenticationConfig, ChecksumDialect, RouterConfig } from '../../config/model/model.ts';
import { ownsAddresses } from '../../config/model/virtual-addresses.ts';
import { vrrpGroups } from '../../kernel/sockets/vrrp-group.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { DropReason, Mismatch } from './drop-reason.ts';
import {
  type Advertisement,
  decodeAdvertisement,
  type Packet,
  type PacketHeader,
  passwordBytes,
  simplePassword,
} from './packet.ts';
import { admitSequence, isTrailer, type Key, type ReplayMarks, verifyTrailer } from './trailer.ts';

/** The parts of a router that judge a packet. */
export type Receiver = {
  readonly config: RouterConfig;
  readonly keys: readonly Key[];
  readonly marks: ReplayMarks;
};

export type Reception =
  | {
      readonly ok: true;
      readonly advertisement: Advertisement;
      readonly dialect: ChecksumDialect | undefined;
      readonly mismatches: readonly Mismatch[];
      readonly marks: ReplayMarks;
      /** Another pair has the same id. */
      readonly isForeign: boolean;
    }
  | { readonly ok: false; readonly reason: DropReason };

const isToGroup = ({ destination }: PacketHeader, { family }: RouterConfig): boolean =>
  destination === vrrpGroups[family];

/** Whether a router accepts a packet's destination: the group, its own address, or both during a migration. */
export const listensTo = (config: RouterConfig, header: PacketHeader): boolean =>
  isToGroup(header, config) ? config.multicast : config.peers.length > 0;

// The configuration and the codecs spell addresses alike.
const isPeer = ({ peers }: RouterConfig, source: IpAddress): boolean => peers.includes(source);

/**
 * The receiver of a packet among the routers with its id, interface and family: a router that accepts its destination; of
 * several, the router with its source as a peer.
 */
export const receiverOf = <Router extends { readonly config: RouterConfig }>(
  routers: readonly Router[],
  header: PacketHeader,
): Router | undefined => {
  const listening = routers.filter(({ config }) => listensTo(config, header));
  return listening.find(({ config }) => isPeer(config, header.source)) ?? listening[0] ?? routers[0];
};

const judgeHeader = (config: RouterConfig, header: PacketHeader): DropReason | undefined => {
  const toGroup = isToGroup(header, config);
  if (header.ttl < (toGroup ? 255 : config.minTtl)) return 'ttl';
  if (!listensTo(config, header)) return 'destination';
  return !toGroup && config.checkSource && !isPeer(config, header.source) ? 'source' : undefined;
};

const judgePassword = (own: AuthenticationConfig | undefined, { authentication }: Packet): DropReason | undefined => {
  if (authentication === undefined) return undefined;
  const password = own?.type === 'password' ? own.password : undefined;
  if (authentication.type !== (password === undefined ? 0 : simplePassword)) return 'authentication-type';
  const isOurs = password === undefined || Buffer.compare(authentication.data, passwordBytes(password)) === 0;
  return isOurs ? undefined : 'authentication-password';
};

const judgeTrailer = (
  { config, keys, marks }: Receiver,
  packet: Packet,
  header: PacketHeader,
  wall: number,
): ReplayMarks | DropReason => {
  const { authentication } = config;
  const { trailer } = packet;
  if (authentication?.type !== 'hmac') {
    if (trailer === undefined) return marks;
    return isTrailer(trailer) ? 'authentication-unexpected' : 'length';
  }
  if (trailer === undefined) return authentication.mode === 'enforce' ? 'authentication-missing' : marks;
  const window = Math.ceil(authentication.window / 1000);
  const sequence = verifyTrailer(packet.message, trailer, header.source, keys, wall, window);
  if (typeof sequence === 'string') return sequence;
  // The copies that a router sends to the group and to its peers may overtake each other.
  const sender = `${header.source} ${isToGroup(header, config) ? 'group' : 'direct'}`;
  return admitSequence(marks, sender, sequence, wall, window) ?? 'authentication-replayed';
};

/** RFC 9568 7.1 compares the content of the lists, not their order. */
const sameAddresses = ({ addresses }: RouterConfig, heard: readonly string[]): boolean =>
  addresses.length === heard.length && addresses.every(({ address }) => heard.includes(address));

/** Whether another pair has the same id; peers that are reconfigured one after the other still share some addresses. */
const isForeign = ({ addresses }: RouterConfig, heard: readonly string[]): boolean =>
  !addresses.some(({ address }) => heard.includes(address));

/**
 * Judges a packet (RFC 9568 7.1, RFC 3768 7.1).
 * @param wall milliseconds since the epoch.
 */
export const judgePacket = (receiver: Receiver, bytes: Uint8Array, header: PacketHeader, wall: number): Reception => {
  const { config } = receiver;
  const drop = (reason: DropReason): Reception => ({ ok: false, reason });
  const wrongHeader = judgeHeader(config, header);
  if (wrongHeader !== undefined) return drop(wrongHeader);
  const decoded = decodeAdvertisement(bytes, header);
  if (!decoded.ok) return drop(decoded.reason);
  const { advertisement, dialect } = decoded;
  if (advertisement.version !== config.version) return drop('version');
  const wrongPassword = judgePassword(config.authentication, decoded);
  if (wrongPassword !== undefined) return drop(wrongPassword);
  const marks = judgeTrailer(receiver, decoded, header, wall);
  if (typeof marks === 'string') return drop(marks);
  const isOthers = isForeign(config, advertisement.addresses);
  if (isOthers && config.addressMismatch === 'overlap') return drop('foreign-addresses');
  if (ownsAddresses(config)) return drop('owner');
  const differs = advertisement.interval !== config.advertisementInterval;
  if (config.version === 2 && differs) return drop('interval');
  const isOtherList = !sameAddresses(config, advertisement.addresses);
  if (isOtherList && config.addressMismatch === 'drop') return drop('address-list');
  const mismatches: Mismatch[] = [
    ...(isOtherList ? ['address-list' as const] : []),
    ...(differs ? ['interval' as const] : []),
  ];
  return { ok: true, advertisement, dialect, mismatches, marks, isForeign: isOthers };
};

/** Judges a packet for its receiver among the routers with its id, interface and family; undefined where there are none. */
export const receive = <Router extends Receiver>(
  routers: readonly Router[],
  packet: PacketHeader & { readonly payload: Uint8Array },
  wall: number,
): (Reception & { readonly router: Router }) | undefined => {
  const router = receiverOf(routers, packet);
  return router && { ...judgePacket(router, packet.payload, packet, wall), router };
};
