// How a connection of the kernel's table is forwarded, and whether something was heard of it lately.

import assert from 'node:assert/strict';
import { milliseconds } from '../../../../base/units.ts';
import { activeWithin, settingsIn } from '../../../../controller/peers/connection-table.ts';
import { type ConnectionEntry, parseConnections } from '../../../../kernel/ipvs/connections.ts';
import type { DestinationEntry, ServiceAddress } from '../../../../kernel/ipvs/entries.ts';
import { ip } from '../../../../net/ip-address.ts';

const connections = (...lines: string[]): ConnectionEntry[] => parseConnections(lines.join('\n'));
/** From 10.0.0.9 to 10.0.0.1:80 at 10.1.0.1. */
const web = 'TCP 0A000009 9C40 0A000001 0050 0A010001 0050 ESTABLISHED     899';
const destination = (service: ServiceAddress, forwarding: DestinationEntry['forwarding']): DestinationEntry => ({
  service,
  address: ip('10.1.0.1'),
  port: 80,
  forwarding,
  weight: 1,
});
const exact = destination({ protocol: 'tcp', address: ip('10.0.0.1'), port: 80 }, 'masq');
const everyPort = destination({ protocol: 'tcp', address: ip('10.0.0.1'), port: 0 }, 'direct');
const mark = destination({ firewallMark: 7, family: 'ipv4' }, 'tunnel');
const others = [
  destination({ protocol: 'udp', address: ip('10.0.0.1'), port: 80 }, 'bypass'),
  destination({ protocol: 'tcp', address: ip('10.0.0.2'), port: 80 }, 'bypass'),
  destination({ protocol: 'tcp', address: ip('10.0.0.1'), port: 81 }, 'bypass'),
  { ...destination({ protocol: 'tcp', address: ip('10.0.0.1'), port: 80 }, 'bypass'), address: ip('10.1.0.2') },
];

describe('the settings of a connection', () => {
  for (const [what, table, expected] of [
    ['its service', [mark, everyPort, exact], { forwarding: 'masq' }],
    ['a service of every port', [mark, everyPort], { forwarding: 'direct' }],
    ['a firewall mark', [mark], { forwarding: 'tunnel', firewallMark: 7 }],
    ['nothing', [], undefined],
  ] as const)
    it(`come from ${what}`, () =>
      assert.deepEqual(connections(web).map(settingsIn([...others, ...table])), [expected]));
});

describe('connections of which something was heard lately', () => {
  const timeouts = { tcp: 900, tcpFin: 120, udp: 300 };
  for (const [line, span, expected] of [
    [web, 1000, 1],
    [web, 999, 0],
    [web.replace('899', '300'), 599_999, 0],
    [web.replace('899', '300'), 600_000, 1],
    [web.replace('TCP', 'UDP').replace('ESTABLISHED', 'UDP').replace('899', '290'), 10_000, 1],
    [web.replace('ESTABLISHED', 'SYN_RECV').replace('899', '55'), 5000, 1],
    [web.replace('ESTABLISHED', 'SYN_RECV').replace('899', '54'), 5000, 0],
    [web.replace('ESTABLISHED', 'FIN_WAIT').replace('899', '115'), 5000, 1],
    [web.replace('ESTABLISHED', 'FIN_WAIT').replace('899', '114'), 5000, 0],
    [web.replace('ESTABLISHED', 'CLOSE_WAIT').replace('899', '57'), 5000, 1],
    [web.replace('ESTABLISHED', 'LAST_ACK').replace('899', '29'), 5000, 1],
    [web.replace('ESTABLISHED', 'TIME_WAIT').replace('899', '119'), 600_000, 0],
    ['TCP 0A000009 0000 0A000001 0050 0A010001 0050 ASSURED     300', 600_000, 0],
  ] as const)
    it(`${line.slice(46)} within ${span} ms: ${expected}`, () =>
      assert.equal(activeWithin(connections(line), milliseconds(span), timeouts).length, expected));
});
