// Routers: intervals, identities, owners and groups.

import assert from 'node:assert/strict';
import { problemsOf, refuse, router, vrrp } from './texts.ts';

describe('routers', () => {
  const good: [string, string][] = [
    ['10ms', ''],
    ['40.95s', ''],
    ['1.1s', ''],
    ['255s', ', version: 2'],
  ];
  for (const [interval, version] of good) {
    it(`accepts an advertisement interval of ${interval}${version}`, () => {
      assert.deepEqual(problemsOf(vrrp(router(`, advertisement_interval: ${interval}${version}`))), []);
    });
  }

  for (const [name, text] of [
    ['for IPv4 and for IPv6', vrrp(router(), router('', 1, 'b', '"::1"'))],
    ['for peers apart', vrrp(router(', peers: [10.0.0.8]'), router(', peers: [10.0.0.9]', 1, 'b', '10.0.0.2'))],
    ['for the group and for a peer', vrrp(router(), router(', peers: [10.0.0.9]', 1, 'b', '10.0.0.2'))],
  ] as const)
    it(`accepts one virtual router id ${name}`, () => assert.deepEqual(problemsOf(text), []));

  refuse([
    [
      'one virtual router id for the group twice, beside a peer',
      vrrp(router(), router(', peers: [10.0.0.9], multicast: true', 1, 'b', '10.0.0.2')),
      '5:54: virtual_router_id 1 is used twice on eth0: see f:4:54',
    ],
    [
      'one virtual router id for one peer twice',
      vrrp(router(', peers: [10.0.0.9]'), router(', peers: [10.0.0.9, 10.0.0.8]', 1, 'b', '10.0.0.2')),
      '5:54: virtual_router_id 1 is used twice on eth0: see f:4:54',
    ],
    [
      'an interval between the steps of version 3',
      vrrp(router(', advertisement_interval: 15ms')),
      '4:104: VRRP version 3 carries intervals of 10ms to 40.95s in steps of 10ms, not "15ms"',
    ],
    [
      'an interval beyond version 3',
      vrrp(router(', advertisement_interval: 41s')),
      '4:104: VRRP version 3 carries intervals of 10ms to 40.95s in steps of 10ms, not "41s"',
    ],
    [
      'an interval that version 2 cannot carry',
      vrrp(router(', version: 2, advertisement_interval: 500ms')),
      '4:116: VRRP version 2 carries intervals of whole seconds from 1s to 255s, not "500ms"',
    ],
    [
      'an owner that does not preempt',
      vrrp(router(', priority: 255, preempt: false')),
      '4:104: a router of priority 255 owns its addresses and always preempts: see f:4:90',
    ],
    [
      'one virtual router id twice on an interface',
      vrrp(router(), router('', 1, 'b', '10.0.0.2')),
      '5:54: virtual_router_id 1 is used twice on eth0: see f:4:54',
    ],
    [
      'one router name twice',
      vrrp(router(), router('', 2, 'a', '10.0.0.2')),
      '5:15: router name "a" is used twice: see f:4:15',
    ],
    [
      'a group of unknown routers',
      `${vrrp(router('', 1, 'main'))}  groups:\n    - { name: g, routers: [mian] }\n`,
      '6:28: no router is named "mian" (did you mean "main"?)',
    ],
    [
      'a router in two groups',
      `${vrrp(router())}  groups:\n    - { name: g, routers: [a] }\n    - { name: h, routers: [a] }\n`,
      '7:28: router "a" is grouped twice: see f:6:28',
    ],
    [
      'one group name twice',
      `${vrrp(router(), router('', 2, 'b', '10.0.0.2'))}  groups:\n    - { name: g, routers: [a] }\n    - { name: g, routers: [b] }\n`,
      '8:15: group name "g" is used twice: see f:7:15',
    ],
  ]);
});
