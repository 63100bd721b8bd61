// The part of BIRD's configuration that announces anycast addresses, and nothing else. Pure.

import { type Announcement, carriedBy, familiesOf, holdTime, prefixesOf, type Sessions } from './announcement.ts';

const netTypes = { ipv4: 'NET_IP4', ipv6: 'NET_IP6' } as const;

/** By its defaults BIRD waits a minute after a lost session, and longer after the next. Routes of a daemon that has died must go. */
const untilBack = [
  '  connect delay time 1;',
  '  connect retry time 5;',
  '  error wait time 1, 30;',
  '  graceful restart off;',
  '  long lived graceful restart off;',
];

const sessionsOf = (sessions: Sessions, announcement: Announcement): string[] =>
  sessions.neighbours.flatMap((neighbour, index) => [
    '',
    `protocol bgp regent_router${index + 1} {`,
    `  local as ${sessions.as};`,
    `  neighbor ${neighbour.address} as ${neighbour.as};`,
    `  hold time ${holdTime};`,
    ...untilBack,
    ...(sessions.bfd ? ['  bfd;'] : []),
    ...carriedBy(neighbour, sessions, announcement).map(
      (family) => `  ${family} { import none; export filter regent_anycast; };`,
    ),
    '}',
  ]);

const example = (announcement: Announcement): string[] => [
  '# The sessions with the routers are yours, such as:',
  '#   protocol bgp router1 {',
  '#     local as 64512;',
  '#     neighbor 192.0.2.1 as 64500;',
  `#     hold time ${holdTime};`,
  ...untilBack.map((line) => `#   ${line}`),
  ...familiesOf(announcement).map((family) => `#     ${family} { import none; export filter regent_anycast; };`),
  '#   }',
];

/** @returns a file for BIRD 2 that bird.conf includes. */
export const birdFragment = (announcement: Announcement): string => {
  const { interface: device, sessions } = announcement;
  const families = familiesOf(announcement);
  return `${[
    '# Anycast addresses of regent: printed by `regent anycast print bird`. In bird.conf, after `router id`:',
    '#   include "/etc/bird/conf.d/*.conf";',
    ...(sessions === undefined ? example(announcement) : []),
    '',
    `protocol direct regent_addresses {`,
    ...families.map((family) => `  ${family};`),
    `  interface "${device}";`,
    '}',
    '',
    'filter regent_anycast {',
    `  if source != RTS_DEVICE || ifname != "${device}" then reject;`,
    ...families.map(
      (family) =>
        `  if net.type = ${netTypes[family]} && net !~ [ ${prefixesOf(announcement, family).join(', ')} ] then reject;`,
    ),
    '  # Routers spread connections only over routes that are equal.',
    '  bgp_origin = ORIGIN_IGP;',
    '  bgp_med = 0;',
    '  accept;',
    '}',
    ...(sessions?.bfd ? ['', 'protocol bfd regent_bfd { }'] : []),
    ...(sessions === undefined ? [] : sessionsOf(sessions, announcement)),
  ].join('\n')}\n`;
};
