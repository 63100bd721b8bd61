// Which source address a real server sees, and the nftables text that says so.

import assert from 'node:assert/strict';
import { natRuleset, planSnat, type SnatEntry } from '../../../../kernel/nftables/nat-rules.ts';
import { tableRemoval } from '../../../../kernel/nftables/table.ts';
import { ip } from '../../../../net/ip-address.ts';

const web = { protocol: 'tcp', address: ip('192.168.55.100'), port: 80 } as const;
const entry: SnatEntry = { ...web, network: '192.168.66.0/24', source: ip('192.168.66.11') };
const own = [
  { address: ip('192.168.55.11'), prefixLength: 24 },
  { address: ip('192.168.66.100'), prefixLength: 24 },
  { address: ip('192.168.66.50'), prefixLength: 32 },
  { address: ip('192.168.66.11'), prefixLength: 24 },
  { address: ip('192.168.67.11'), prefixLength: 24 },
  { address: ip('fd66::11'), prefixLength: 64 },
];
const virtual = new Set([ip('192.168.55.100'), ip('192.168.66.100')]);

describe('source NAT', () => {
  it('makes one table again as a whole, with one rule an entry', () => {
    assert.equal(
      natRuleset('ip', [{ ...entry, port: 443 }, entry]),
      `table ip regent
delete table ip regent
table ip regent {
  chain return-path {
    type nat hook postrouting priority srcnat; policy accept;
    ct original ip daddr 192.168.55.100 meta l4proto tcp ct original proto-dst 443 ip daddr 192.168.66.0/24 snat to 192.168.66.11
    ct original ip daddr 192.168.55.100 meta l4proto tcp ct original proto-dst 80 ip daddr 192.168.66.0/24 snat to 192.168.66.11
  }
}
`,
    );
  });

  it('is the same text whatever the order of the entries', () => {
    const other = { ...entry, port: 8080 };
    assert.equal(natRuleset('ip', [entry, other]), natRuleset('ip', [other, entry]));
  });

  it('has nothing to say for a family without entries', () => {
    assert.equal(natRuleset('ip', []), '');
    assert.equal(natRuleset('ip6', [entry]), '');
    assert.equal(tableRemoval('ip', 'regent'), 'table ip regent\ndelete table ip regent\n');
  });

  it("takes the director's own address in the servers' network, neither a virtual one nor a /32", () => {
    const plan = planSnat(web, [ip('192.168.66.111'), ip('192.168.66.50')], own, virtual);
    assert.deepEqual(plan, { entries: [entry], unreachable: [] });
  });

  it('makes one entry a network, and names servers in none', () => {
    const plan = planSnat(web, [ip('192.168.67.1'), ip('192.168.66.111'), ip('10.0.0.1')], own, virtual);
    assert.deepEqual(
      plan.entries.map(({ network, source }) => [network, source]),
      [
        ['192.168.67.0/24', ip('192.168.67.11')],
        ['192.168.66.0/24', ip('192.168.66.11')],
      ],
    );
    assert.deepEqual(plan.unreachable, [ip('10.0.0.1')]);
  });

  it('prefers the longest network, and knows networks that end within a byte', () => {
    const nested = [
      { address: ip('10.0.0.1'), prefixLength: 8 },
      { address: ip('10.0.5.1'), prefixLength: 22 },
    ];
    const plan = planSnat(web, [ip('10.0.6.9')], nested, new Set());
    assert.deepEqual(
      plan.entries.map(({ network, source }) => [network, source]),
      [['10.0.4.0/22', ip('10.0.5.1')]],
    );
  });

  it('speaks IPv6', () => {
    const { entries } = planSnat({ ...web, address: ip('fd55::64') }, [ip('fd66::111')], own, virtual);
    assert.match(
      natRuleset('ip6', entries),
      /ct original ip6 daddr fd55::64 meta l4proto tcp ct original proto-dst 80 ip6 daddr fd66::\/64 snat to fd66::11\n/,
    );
  });
});
