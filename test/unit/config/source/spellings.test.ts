// One address in two spellings is one address, wherever the configuration has it: what clashes is refused, what is loaded is canonical.

import assert from 'node:assert/strict';
import { parseConfig } from '../../../../config/source/load.ts';
import { formatProblems } from '../../../../config/source/problem.ts';

const one = '2001:DB8:0::1';
const same = '2001:db8::0:1';
const clear = '2001:db8::1';

const router = (keys: string, addresses = `["fe80::9", "${one}/64"]`, name = 'vip', id = 1): string =>
  `{ name: ${name}, interface: e, virtual_router_id: ${id}, addresses: ${addresses}${keys} }`;
const service = (address: string, keys: string, name = 'web'): string =>
  `{ name: ${name}, address: "${address}", ${keys} }`;
const server = (address: string, keys = ''): string => `{ address: "${address}"${keys} }`;
const servers = (...some: string[]): string => `real_servers: [${some.join(', ')}]`;
const text = (routers: string, services = '', rest = ''): string =>
  `director: d\nvrrp: { routers: [${routers}] }\nvirtual_services: [${services}]\n${rest}\n`;

const problemsOf = (document: string): string => {
  const parsed = parseConfig(document, 'f');
  return parsed.ok ? '' : formatProblems(parsed.problems);
};

describe('two spellings of one address', () => {
  for (const [name, document, problem] of [
    [
      'are one service',
      text(
        router(''),
        [
          service(`[${one}]:80`, `scheduler: rr, ${servers(server('[fd00::1]:80'))}`),
          service(`[${same}]:80`, `scheduler: wrr, ${servers(server('[fd00::2]:80'))}`, 'two'),
        ].join(', '),
      ),
      /service \[2001:db8::1\]:80 is given twice/,
    ],
    [
      'are one real server',
      text(router(''), service('[fd00::9]:80', servers(server(`[${one}]:80`), server(`[${same}]:80`)))),
      /real server \[2001:db8::1\]:80 is given twice/,
    ],
    [
      'are one virtual address',
      text(router('', `["fe80::9", "${one}/64", "${same}/64"]`)),
      /2001:db8::1 is given twice/,
    ],
    [
      'are one excluded address',
      text(router(`, excluded: ["${same}/64"]`, `["fe80::9", "${one}/64"]`)),
      /2001:db8::1 is given twice/,
    ],
    ['are one peer', text(router(', peers: ["FE80:0::2", "fe80::0:2"]')), /peer fe80::2 is given twice/],
    ['are one source and peer', text(router(', source: "FE80::2", peers: ["fe80::0:2"]')), /its own peer/],
    [
      'are one tracked neighbour',
      text(router(', track: [{ neighbour: "FE80::2" }, { neighbour: "fe80:0::2" }]')),
      /neighbour "?fe80::2"? is tracked twice|is tracked twice/i,
    ],
    [
      'are one tracked route',
      text(router(', track: [{ route: "2001:DB8::/32" }, { route: "2001:db8:0::/32" }]')),
      /is tracked twice/,
    ],
    [
      'are one route',
      text(
        router(
          ', routes: [{ to: "2001:DB8:9::/48", via: "fe80::5", interface: e }, { to: "2001:db8:9:0::/48", via: "fe80::6", interface: e }]',
        ),
      ),
      /two routes to/,
    ],
    [
      'are one rule',
      text(router(', rules: [{ from: "2001:DB8:9::/48", table: 7 }, { from: "2001:db8:9:0::/48", table: 7 }]')),
      /the rule is given twice/,
    ],
  ] as const)
    it(name, () => assert.match(problemsOf(document), problem));

  it('are written canonically wherever the program holds them', () => {
    const checks = `check: { address: "${one}", source_address: "${same}" }`;
    const parsed = parseConfig(
      text(
        router(
          ', source: "FE80::B", peers: ["FE80:0::2"], track: [{ neighbour: "FE80:0::2" }, { route: "2001:DB8:0::/32" }]',
        ),
        service(
          `[${one}]:80`,
          `${servers(server(`[${same}]:80`, `, ${checks}`))}, sorry_server: ${server(`[${same}]:81`)}`,
        ),
        'connection_sync: { interface: e, sync_id: 1, group: "FF02:0::81" }',
      ).replace('] }\n', `], bfd: [{ name: b, peer: "FE80:0::2", source: "${same}" }] }\n`),
      'f',
    );
    assert.ok(parsed.ok, JSON.stringify(parsed));
    const { vrrp, virtualServices, connectionSync } = parsed.config;
    const [own] = vrrp.routers;
    assert.deepEqual(
      [own?.source, own?.peers, own?.track.map((item) => item.name)],
      ['fe80::b', ['fe80::2'], ['fe80::2', '2001:db8::/32']],
    );
    assert.deepEqual(
      own?.addresses.map(({ address }) => address),
      ['fe80::9', clear],
    );
    assert.deepEqual([vrrp.bfd[0]?.peer, vrrp.bfd[0]?.source], ['fe80::2', clear]);
    const [web] = virtualServices;
    assert.deepEqual(web?.matches, [{ address: clear, port: 80 }]);
    const [real] = web?.realServers ?? [];
    assert.deepEqual([real?.name, real?.endpoint.address], [`[${clear}]:80`, clear]);
    assert.deepEqual([real?.checks?.[0]?.address, real?.checks?.[0]?.sourceAddress], [clear, clear]);
    assert.equal(web?.sorryServer?.name, `[${clear}]:81`);
    assert.equal(connectionSync?.group, 'ff02::81');
  });
});
