// Why a received packet was dropped, and what differed in an accepted one; both are counted under these names.

/** After RFC 6527's statistics, which count the same errors. */
export const dropReasons = [
  'ttl', // not 255: it crossed a router (RFC 9568 5.1.1.3, 5.1.2.3)
  'truncated', // shorter than its own fields say
  'length', // longer than its own fields say
  'version', // neither 2 nor 3, or not this router's
  'type', // not an advertisement
  'checksum', // in neither dialect
  'virtual-router-id', // no router here has this id on this interface
  'destination', // sent to the group where only peers are accepted, or the other way round
  'source', // sent to this host from an address that is no configured peer
  'own-address', // sent from one of our own addresses
  'owner', // we own the addresses, so no other router may be master (RFC 9568 7.1)
  'interval', // version 2 and another interval than ours (RFC 3768 7.1), or an interval of 0 (RFC 9568 7.1)
  'address-list', // no address at all (RFC 9568 5.2.5), or not our list under `address_mismatch: drop`
  'foreign-addresses', // none of our addresses: another pair with the same id, under `address_mismatch: overlap`
  'authentication-type', // another kind of version 2 authentication than ours (RFC 2338 5.3.6)
  'authentication-password', // not our password
  'authentication-missing', // no trailer, although one is required
  'authentication-unexpected', // a trailer, where this router has no keys
  'authentication-malformed', // a trailer of an unknown kind
  'authentication-key', // a trailer with a key that is not ours
  'authentication-failed', // a trailer that does not match the packet
  'authentication-stale', // a trailer outside the time window: an old packet, or clocks that differ
  'authentication-replayed', // a trailer that was heard before
] as const;
export type DropReason = (typeof dropReasons)[number];

/** Differences between two routers that do not harm the election (RFC 9568 7.1): the packet is accepted, both are counted. */
export const mismatches = ['address-list', 'interval'] as const;
export type Mismatch = (typeof mismatches)[number];
