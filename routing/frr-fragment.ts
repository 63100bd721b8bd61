// The part of FRR's configuration that announces anycast addresses, and nothing else. Pure.

import { type Announcement, carriedBy, familiesOf, holdTime, prefixesOf, type Sessions } from './announcement.ts';

const words = { ipv4: 'ip', ipv6: 'ipv6' } as const;

const mapsOf = (announcement: Announcement): string[] =>
  familiesOf(announcement).flatMap((family) => {
    const word = words[family];
    return [
      ...prefixesOf(announcement, family).map(
        (prefix, index) => `${word} prefix-list regent-anycast seq ${5 * (index + 1)} permit ${prefix}`,
      ),
      '!',
      `route-map regent-addresses-${family} permit 10`,
      ` match interface ${announcement.interface}`,
      ` match ${word} address prefix-list regent-anycast`,
      ' set origin igp',
      ' set metric 0',
      'exit',
      '!',
      `route-map regent-anycast-${family} permit 10`,
      ` match ${word} address prefix-list regent-anycast`,
      'exit',
      '!',
    ];
  });

/** By its default BIRD, as a router, keeps the routes of a bgpd that has died for two minutes. */
const withoutRestart = ' bgp graceful-restart-disable';

const sessionsOf = (sessions: Sessions, announcement: Announcement): string[] => {
  const { neighbours } = sessions;
  return [
    'route-map regent-nothing deny 10',
    'exit',
    '!',
    `router bgp ${sessions.as}`,
    ' no bgp default ipv4-unicast',
    withoutRestart,
    ...neighbours.flatMap(({ address, as }) => [
      ` neighbor ${address} remote-as ${as}`,
      ` neighbor ${address} timers ${holdTime / 3} ${holdTime}`,
      ` neighbor ${address} timers connect 5`,
      ...(sessions.bfd ? [` neighbor ${address} bfd`] : []),
    ]),
    ...familiesOf(announcement).flatMap((family) => [
      ` address-family ${family} unicast`,
      `  redistribute connected route-map regent-addresses-${family}`,
      ...neighbours
        .filter((neighbour) => carriedBy(neighbour, sessions, announcement).includes(family))
        .flatMap(({ address }) => [
          `  neighbor ${address} activate`,
          `  neighbor ${address} route-map regent-anycast-${family} out`,
          `  neighbor ${address} route-map regent-nothing in`,
        ]),
      ' exit-address-family',
    ]),
    'exit',
    '!',
  ];
};

const example = (announcement: Announcement): string[] => [
  '! The sessions with the routers are yours, such as:',
  '!   router bgp 64512',
  `!   ${withoutRestart}`,
  ...familiesOf(announcement).flatMap((family) => [
    `!    address-family ${family} unicast`,
    `!     redistribute connected route-map regent-addresses-${family}`,
    `!     neighbor 192.0.2.1 route-map regent-anycast-${family} out`,
  ]),
  '!',
];

/** @returns commands for `vtysh -f`, or a part of frr.conf. */
export const frrFragment = (announcement: Announcement): string => {
  const { sessions } = announcement;
  return `${[
    '! Anycast addresses of regent: printed by `regent anycast print frr`. Load it by `vtysh -f FILE`, keep it by `write`.',
    ...(sessions === undefined ? example(announcement) : ['!']),
    ...mapsOf(announcement),
    ...(sessions === undefined ? [] : sessionsOf(sessions, announcement)),
  ].join('\n')}\n`;
};
