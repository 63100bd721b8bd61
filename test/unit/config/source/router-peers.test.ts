// The peers of routers, and what proves where an advertisement comes from.

import { refuse, router, vrrp } from './texts.ts';

describe('the peers of routers', () => {
  refuse([
    [
      'a peer of the other family',
      vrrp(router(', peers: ["::1"]')),
      "4:88: ::1 is not of the addresses' family, IPv4: see f:4:69",
    ],
    [
      'a peer that is the router itself, and one twice',
      vrrp(router(', source: 10.0.0.2, peers: [10.0.0.2, 10.0.0.3, 10.0.0.3]')),
      '4:106: a router cannot be its own peer: see f:4:88',
      '4:126: peer 10.0.0.3 is given twice: see f:4:116',
    ],
    [
      'what only a router with peers has',
      vrrp(router(', check_source: false, min_ttl: 254, multicast: false')),
      '4:94: check_source is for a router with peers',
      '4:110: min_ttl is for a router with peers',
      '4:126: a router without peers needs multicast',
    ],
    [
      'a password in version 3',
      vrrp(router(', authentication: { type: password, password: secret }')),
      '4:104: a password is for version 2 only: version 3 has hmac',
    ],
    [
      'a password of nine letters',
      vrrp(router(', version: 2, authentication: { type: password, password: secretive }')),
      '4:136: expected a text of 1 to 8 bytes',
    ],
    [
      'hmac without keys and with a password',
      vrrp(router(', authentication: { type: hmac, password: secret }')),
      '4:96: authentication by hmac needs the key "key_file"',
      '4:120: authentication by hmac has no "password"',
    ],
  ]);
});
