// The multicast groups of VRRP (RFC 9568, sections 5.1.1.2 and 5.1.2.2).

export const vrrpGroups = { ipv4: '224.0.0.18', ipv6: 'ff02::12' } as const;
