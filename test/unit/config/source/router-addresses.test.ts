// The addresses of routers: their family, length and number, and that each is in one place.

import { refuse, router, vrrp } from './texts.ts';

describe('the addresses of routers', () => {
  refuse([
    [
      'an address with a zone',
      vrrp(router('', 1, 'a', '"fe80::1%eth0"')),
      '4:69: expected an IP address, such as 192.0.2.1/32 or 2001:db8::1/64, not "fe80::1%eth0"',
    ],
    [
      'a prefix too long for IPv6',
      vrrp(router('', 1, 'a', '"::1/129"')),
      '4:69: expected an IP address, such as 192.0.2.1/32 or 2001:db8::1/64, not "::1/129"',
    ],
    [
      'addresses of both families',
      vrrp(router('', 1, 'a', '10.0.0.1, "::1"')),
      '4:79: IPv4 and IPv6 addresses need a router each: see f:4:69',
    ],
    [
      'version 2 over IPv6',
      vrrp(router(', version: 2', 1, 'a', '"::1"')),
      '4:86: VRRP version 2 is for IPv4 only: see f:4:69',
    ],
    [
      'more addresses than an advertisement over IPv6 holds',
      vrrp(router('', 1, 'a', Array.from({ length: 90 }, (_, index) => `"fd00::${index + 1}"`).join(', '))),
      '4:68: an advertisement holds at most 89 IPv6 addresses, not 90; move the others to "excluded"',
    ],
    [
      'a prefix too long',
      vrrp(router('', 1, 'a', '10.0.0.1/33')),
      '4:69: expected an IP address, such as 192.0.2.1/32 or 2001:db8::1/64, not "10.0.0.1/33"',
    ],
    [
      'one address in two routers',
      vrrp(router(), router('', 2, 'b', '10.0.0.1/24')),
      '5:69: address 10.0.0.1 is given twice: see f:4:69',
    ],
  ]);
});
