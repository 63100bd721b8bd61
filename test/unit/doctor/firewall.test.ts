// Which chains of nftables a firewall that drops VRRP may be in.

import assert from 'node:assert/strict';
import { filterChains } from '../../../doctor/firewall.ts';

const chain = (family: string, table: string, hook: string, type = 'filter') => ({
  chain: { family, table, name: hook, type, hook },
});

describe('the chains that may drop VRRP', () => {
  const listing = JSON.stringify({
    nftables: [
      { metainfo: { version: '1.0.6' } },
      chain('inet', 'filter', 'input'),
      chain('ip', 'old', 'output'),
      chain('ip6', 'old', 'input'),
      chain('inet', 'filter', 'forward'),
      chain('inet', 'nat', 'output', 'nat'),
      chain('inet', 'regent-accept', 'input'),
    ],
  });
  for (const [family, expected] of [
    ['ipv4', ['inet filter input', 'ip old output']],
    ['ipv6', ['inet filter input', 'ip6 old input']],
  ] as const)
    it(`over ${family} are those of a filter for what comes in and goes out, and not regent's`, () =>
      assert.deepEqual(
        filterChains(listing, [family]).map(({ family: place, table, name }) => `${place} ${table} ${name}`),
        expected,
      ));
});
