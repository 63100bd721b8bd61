// What a valid configuration becomes: defaults filled in, other values as they were given.

import assert from 'node:assert/strict';
import { configOf, router, service, services, vrrp } from './texts.ts';

describe('a valid configuration', () => {
  it('fills in the defaults', () => {
    const config = configOf(services(service('', '{ address: 10.0.1.1:8080 }')));
    assert.deepEqual(config, {
      director: 'd',
      vrrp: {
        routers: [
          {
            name: 'a',
            interface: 'eth0',
            family: 'ipv4',
            peers: [],
            multicast: true,
            checkSource: true,
            minTtl: 255,
            addressMismatch: 'overlap',
            version: 3,
            virtualRouterId: 1,
            priority: 100,
            advertisementInterval: 1000,
            downAfter: 3,
            excluded: [],
            accept: true,
            routes: [],
            rules: [],
            preempt: true,
            preemptDelay: 0,
            startDelay: 0,
            track: [],
            checksum: 'rfc5798',
            addresses: [{ address: '10.0.0.1', prefixLength: 32 }],
            lease: 'auto',
            announceEvery: 60_000,
          },
        ],
        groups: [],
        hold: 10_000,
        announceRate: 500,
        scripts: [],
        processes: [],
        files: [],
        bfd: [],
      },
      virtualServices: [
        {
          name: 's',
          matches: [{ address: '10.0.0.1', port: 80 }],
          protocol: 'tcp',
          scheduler: 'wrr',
          schedulerFlags: [],
          onePacket: false,
          snat: false,
          checks: [{ type: 'tcp', interval: 1000, timeout: 500, rise: 2, fall: 3 }],
          drainTimeout: 10_000,
          quorum: 1,
          hysteresis: 0,
          panicThreshold: 1,
          slowStart: 0,
          realServers: [
            {
              name: '10.0.1.1:8080',
              endpoint: { address: '10.0.1.1', port: 8080 },
              weight: 1,
              forwarding: 'masq',
              tunnel: { type: 'ipip', port: 0, checksum: 'none' },
              maxConnections: 0,
              resumeConnections: 0,
              standby: false,
              inhibit: false,
            },
          ],
        },
      ],
      ipvsTimeouts: {},
      log: { level: 'info', format: 'text', levels: {} },
      notifications: [],
      watch: false,
      serviceTexts: ['{"name":"s","address":"10.0.0.1:80","real_servers":[{"address":"10.0.1.1:8080"}]}'],
    });
  });

  it('reads where to log, and the peers', () => {
    const more = `log: { levels: { vrrp: debug }, file: { path: /var/log/regent.log, max_size: 2MiB } }
peers: { listen: "10.0.0.2:8550", key_file: /etc/regent/key, directors: ["10.0.0.3:8550"] }
watch: true
`;
    const config = configOf(`${vrrp(router())}${more}`);
    assert.deepEqual(config.log.levels, { vrrp: 'debug' });
    assert.deepEqual(config.log.file, { path: '/var/log/regent.log', maxSize: 2 * 2 ** 20, keep: 5 });
    assert.deepEqual(config.peers, {
      listen: { address: '10.0.0.2', port: 8550 },
      keyFile: '/etc/regent/key',
      directors: [{ address: '10.0.0.3', port: 8550 }],
    });
    assert.equal(config.watch, true);
  });

  it('reads lease, prefix length and a silenced announcement', () => {
    const text = vrrp(router(', lease: off, announce_every: 0s', 1, 'a', '10.0.0.1/24'));
    const [only] = configOf(text).vrrp.routers;
    assert.equal(only?.lease, 'off');
    assert.equal(only?.announceEvery, 0);
    assert.deepEqual(only?.addresses, [{ address: '10.0.0.1', prefixLength: 24 }]);
  });

  it('reads unicast over IPv6, in one spelling of its addresses', () => {
    const text = vrrp(
      router(', source: "FE80::1", peers: ["fe80:0::2"], multicast: true, min_ttl: 254', 1, 'a', '"FD00:0::1"'),
    );
    const [only] = configOf(text).vrrp.routers;
    assert.deepEqual(
      [only?.family, only?.source, only?.peers, only?.multicast, only?.minTtl],
      ['ipv6', 'fe80::1', ['fe80::2'], true, 254],
    );
    assert.deepEqual(only?.addresses, [{ address: 'fd00::1', prefixLength: 128 }]);
  });

  it('has unicast alone where peers are named', () => {
    const [only] = configOf(vrrp(router(', peers: [10.0.0.2]'))).vrrp.routers;
    assert.equal(only?.multicast, false);
  });

  for (const [interval, window] of [
    ['1s', 5000],
    ['10s', 30_000],
  ] as const)
    it(`allows clocks to differ by ${window} ms at an interval of ${interval}`, () => {
      const text = vrrp(
        router(`, advertisement_interval: ${interval}, authentication: { type: hmac, key_file: /etc/k }`),
      );
      assert.deepEqual(configOf(text).vrrp.routers[0]?.authentication, {
        type: 'hmac',
        keyFile: '/etc/k',
        window,
        mode: 'enforce',
      });
    });
});
