// Pings of both families, from given addresses, through the real kernel.

import assert from 'node:assert/strict';
import { milliseconds } from '../../../base/units.ts';
import { createPingProbe } from '../../../healthcheck/checks/ping.ts';
import type { Outcome } from '../../../healthcheck/outcome.ts';
import { openIcmpSocket } from '../../../kernel/sockets/icmp-socket.ts';
import { openByPackage } from '../../../kernel/sockets/open-raw-socket.ts';
import { openByCalls } from '../../../kernel/sockets/raw-socket-by-calls.ts';
import { ip } from '../../../net/ip-address.ts';
import { makeTarget } from '../../servers/checks.ts';
import { connect, createNamespace, type Namespace, removeNamespaces } from '../namespaces.ts';

const timeout = milliseconds(3000);

describe('ping check', () => {
  let prober: Namespace;
  let server: Namespace;

  before(() => {
    prober = createNamespace('prober');
    server = createNamespace('server');
    connect(
      { namespace: prober, interface: 'p', addresses: ['10.9.0.1/24', '10.9.0.7/24', 'fd00:9::7/64', 'fd00:9::1/64'] },
      { namespace: server, interface: 's', addresses: ['10.9.0.2/24', 'fd00:9::2/64'] },
    );
    // Only these may ask: what leaves from another address is lost.
    for (const [command, source] of [
      ['ip', ip('10.9.0.7')],
      ['ip6', ip('fd00:9::7')],
    ] as const) {
      const table = `${command} filter_${command}`;
      server.run('nft', `add table ${table}; add chain ${table} in { type filter hook input priority 0; }`);
      const echo = command === 'ip' ? 'icmp type echo-request' : 'icmpv6 type echo-request';
      server.run('nft', `add rule ${table} in ${echo} ${command} saddr != ${source} drop`);
    }
  });
  after(removeNamespaces);

  const judge = ({ ok, error }: Outcome): string => (ok ? 'well' : String(error));

  for (const [way, open] of Object.entries({
    ...(openByPackage && { 'the package raw-socket': openByPackage }),
    'system calls': openByCalls,
  }))
    describe(`by ${way}`, () => {
      const makeProbe = () => createPingProbe((options) => prober.enter(() => openIcmpSocket(options, open)));

      for (const [family, address, source] of [
        [4, ip('10.9.0.2'), ip('10.9.0.7')],
        [6, ip('fd00:9::2'), ip('fd00:9::7')],
      ] as const) {
        it(`leaves from the source address that the check names (IPv${family})`, async () => {
          const probe = makeProbe();
          const named = makeTarget('ping', 0, { source_address: source, size: 1200 }, address);
          assert.equal(judge(await probe(named, timeout)), 'well');
          const unnamed = probe(makeTarget('ping', 0, {}, address), milliseconds(200));
          assert.equal(judge(await unnamed), 'no answer within 200 ms');
        });
      }

      it('keeps a thousand targets apart on one socket', async () => {
        const probe = makeProbe();
        const targets = Array.from({ length: 1000 }, (_, index) =>
          makeTarget('ping', 0, {}, index % 2 === 0 ? ip('10.9.0.1') : ip('fd00:9::1')),
        );
        const outcomes = await Promise.all(targets.map((target) => probe(target, timeout)));
        assert.deepEqual(
          outcomes.filter(({ ok }) => !ok),
          [],
        );
      });
    });

  it('blames this host when it may not open a socket', async () => {
    const probe = createPingProbe(() => {
      throw new Error('Cannot open an ICMP socket: EPERM (Operation not permitted: CAP_NET_RAW is missing)');
    });
    await assert.rejects(probe(makeTarget('ping', 0), timeout), /EPERM.*CAP_NET_RAW/);
  });
});
