// Why a received packet was not used, and what was odd about one that was; both are counted under these names.

/** After RFC 6527's statistics, which name the same mistakes. */
export const dropReasons = [
  'ttl', // not 255: it crossed a router (RFC 9568 5.1.1.3, 5.1.2.3)
  'truncated', // shorter than its own fields say
  'length', // longer than its own fields say
  'version', // neither 2 nor 3, or not the one this router speaks
  'type', // not an advertisement
  'checksum', // in neither dialect
  'virtual-router-id', // nobody here has this id on this interface
  'destination', // sent to the group where only peers are heard, or the other way round
  'source', // sent to this host by one that is no configured peer
  'own-address', // sent from one of our own addresses
  'owner', // we own the addresses, so nobody else may be master (RFC 9568 7.1)
  'interval', // version 2 and another interval than ours (RFC 3768 7.1), or an interval of 0 (RFC 9568 7.1)
  'address-list', // no address at all (RFC 9568 5.2.5), or others than ours under `address_mismatch: drop`
  'foreign-addresses', // none of our addresses: another pair with the same id, under `address_mismatch: overlap`
  'authentication-type', // another kind of version 2 authentication than ours (RFC 2338 5.3.6)
  'authentication-password', // not our password
  'authentication-missing', // no trailer, where one is demanded
  'authentication-malformed', // a trailer of an unknown kind
  'authentication-key', // a trailer by a key that is not ours
  'authentication-failed', // a trailer that does not fit the packet
  'authentication-stale', // a trailer of another time: an old packet, or clocks that differ
  'authentication-replayed', // a trailer that was heard before
] as const;
export type DropReason = (typeof dropReasons)[number];

/** What differs between two routers without harm to the election (RFC 9568 7.1); the packet counts, and so does this. */
export const mismatches = ['address-list', 'interval'] as const;
export type Mismatch = (typeof mismatches)[number];
