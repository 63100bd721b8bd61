// What a plan says of all but routers and services: its name, logs, notifications, and what nothing depends on.

import { as, replace, testPlans } from './small-plans.ts';

describe('a plan of the director', () => {
  testPlans([
    ['nothing', (source) => source, as('master'), []],
    [
      'the name',
      replace('director: lb0', 'director: lb9'),
      as('master'),
      ['is refused: director lb0 -> lb9: the name of a running director cannot change'],
    ],
    [
      'what nothing tracks, and how fast addresses are announced',
      replace('vrrp:\n', 'vrrp:\n  announce_rate: 100\n  files: [{ name: f, path: /run/f }]\n'),
      as('master'),
      ['hitless: file f is added', 'hitless: vrrp announce_rate 500 a second -> 100 a second'],
    ],
    [
      'the rest, and no secret',
      (source) => `${source}log: { level: debug, file: { path: /l, max_size: 2MiB } }
notifications: [{ name: n, webhook: "http://h/", headers: { Authorization: secret } }]
ipvs_timeouts: { udp: 1m }
`,
      as('master'),
      [
        'hitless: ipvs_timeouts udp none -> 60 s',
        'hitless: log level info -> debug',
        'hitless: log file none -> path /l max_size 2 MiB keep 5',
        'hitless: notification n is added',
      ],
    ],
    [
      'hold and watch',
      (source) => `${source.replace('vrrp:\n', 'vrrp:\n  hold: 20s\n')}watch: true\n`,
      as('master'),
      ['hitless: vrrp hold 10 s -> 20 s', 'hitless: watch false -> true'],
    ],
  ]);
});
