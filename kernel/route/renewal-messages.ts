// Recognises messages about addresses that only grant a lifetime again: byte for byte the last one of their address, but for the
// time of the change. With a thousand leased addresses, decoding them would cost more than renewing them.

import { type Message, readU16 } from '../netlink/codec.ts';
import { RTM_NEWADDR } from './addresses.ts';

/*
 * struct ifaddrmsg                                           each attribute
 *   0        1               2       3       4       8       0        2      4
 *   | family | prefix length | flags | scope | index |       | length | type | value | pad to 4 |
 */
const headerLength = 8;
const IFA_CACHEINFO = 6;
/** Of struct ifa_cacheinfo: after the two lifetimes the times of creation and of the last change, 4 bytes each. */
const timesAt = 4 + 8;
const timesLength = 8;

/** Where the times of a message are; undefined if it has none. */
const timesOf = (payload: Buffer): number | undefined => {
  for (let at = headerLength; payload.length - at >= 4; ) {
    const length = readU16(payload, at);
    if (length < 4 || length > payload.length - at) return undefined;
    if (readU16(payload, at + 2) === IFA_CACHEINFO && length >= timesAt + timesLength) return at + timesAt;
    at += (length + 3) & ~3;
  }
  return undefined;
};

/** Family, prefix length, interface and the first attribute, which is the address. */
const addressOf = (payload: Buffer): string =>
  payload.toString('latin1', 0, 2) +
  payload.toString(
    'latin1',
    4,
    headerLength + (payload.length < headerLength + 4 ? 0 : readU16(payload, headerLength)),
  );

export type RenewalFilter = ((message: Message) => boolean) & {
  /** Forgets all, after messages were lost. */
  readonly forget: () => void;
};

/** Makes a filter of all messages of a socket: it must see each of them. */
export const createRenewalFilter = (): RenewalFilter => {
  const last = new Map<string, Buffer>();
  const isRenewal = ({ type, payload }: Message): boolean => {
    if (type !== RTM_NEWADDR) {
      // Addresses or interfaces go or change: what comes next is news.
      last.clear();
      return false;
    }
    const key = addressOf(payload);
    const before = last.get(key);
    const times = timesOf(payload);
    if (times !== undefined && before?.length === payload.length) {
      const rest = times + timesLength;
      const isSame =
        payload.compare(before, 0, times, 0, times) === 0 && payload.compare(before, rest, before.length, rest) === 0;
      if (isSame) return true;
    }
    last.set(key, Buffer.from(payload));
    return false;
  };
  return Object.assign(isRenewal, { forget: () => last.clear() });
};
