// Addresses that cannot be what they are given as: host bits of a range, groups and broadcasts as servers, a bracket that was forgotten.

import assert from 'node:assert/strict';
import { parseConfig } from '../../../../config/source/load.ts';
import { formatProblems } from '../../../../config/source/problem.ts';

const problemsOf = (text: string): string[] => {
  const result = parseConfig(text, 'f');
  return result.ok
    ? []
    : formatProblems(result.problems)
        .split('\n')
        .map((line) => line.replace(/^f:\d+:\d+: /, ''));
};
const service = (
  address: string,
  server = address.includes('[') || /::/.test(address) ? '[fd00::b]:80' : '10.1.0.1:80',
): string =>
  `director: d\nvrrp: { routers: [] }\nvirtual_services:\n  - { name: s, address: "${address}", real_servers: [{ address: "${server}" }], persistence: {}, check: { type: ping } }\n`;
const router = (addresses: string, more = ''): string =>
  `director: d\nvrrp: { routers: [{ name: a, interface: e, virtual_router_id: 1, addresses: [${addresses}]${more} }] }\n`;

describe('an address of a service', () => {
  const rows: [address: string, ...words: RegExp[]][] = [
    [
      '10.9.0.100/24:80',
      /^10\.9\.0\.100\/24 is one address with the length of its network: write 10\.9\.0\.100:80, or 10\.9\.0\.0\/24:80 for a service on each \(did you mean "10\.9\.0\.100:80"\?\)$/,
    ],
    ['10.9.0.100/24', /write 10\.9\.0\.100, or 10\.9\.0\.0\/24 for/],
    ['10.9.0.1/31:80', /write 10\.9\.0\.1:80, or 10\.9\.0\.0\/31:80 for/],
    ['[fd00::64/120]:80', /write \[fd00::64\]:80, or \[fd00::\/120\]:80 for/],
    ['fd00::64/120', /write fd00::64, or fd00::\/120 for/],
    ['224.0.0.1:80', /^224\.0\.0\.1 is a multicast group$/],
    ['0.0.0.0:80', /^0\.0\.0\.0 is not the address of a host/],
    ['255.255.255.255:80', /is the broadcast address/],
    ['[::]:80', /is not the address of a host/],
    ['[ff02::1]:80', /is a multicast group/],
    ['224.0.0.1-9:80', /is a multicast group/],
    [
      'fd00::1:80',
      /^"fd00::1:80" is ambiguous: write \[fd00::1:80\] for the address alone, or \[fd00::1\]:80 for an address and a port \(did you mean "\[fd00::1\]:80"\?\)$/,
    ],
  ];
  for (const [address, ...words] of rows)
    it(`is refused: ${address}`, () => {
      const problems = problemsOf(service(address));
      assert.equal(problems.length, words.length, problems.join('\n'));
      for (const [index, word] of words.entries()) assert.match(problems[index] ?? '', word);
    });
  for (const address of [
    '10.9.0.0/24:80',
    '10.9.0.100/32:80',
    '10.9.0.100-110:80',
    '[fd00::/124]:80',
    'fd00::64',
    '[fd00::1:80]',
    '10.0.0.255:80',
  ])
    it(`is taken: ${address}`, () => assert.deepEqual(problemsOf(service(address)), []));
});

describe('an address of a real server', () => {
  const rows: [address: string, word: RegExp][] = [
    ['224.0.0.1:80', /is a multicast group/],
    ['239.255.255.250:80', /is a multicast group/],
    ['255.255.255.255:80', /is the broadcast address/],
    ['250.1.2.3:80', /is reserved/],
    ['0.0.0.0:80', /is not the address of a host/],
    ['0.1.2.3', /is not the address of a host/],
  ];
  for (const [address, word] of rows)
    it(`is refused: ${address}`, () => assert.match(problemsOf(service('10.0.0.1:80', address))[0] ?? '', word));
  const six: [address: string, word: RegExp][] = [
    ['[ff02::1]:80', /is a multicast group/],
    ['[fe80::1]:80', /fe80::1 is a link-local address: IPVS cannot reach it/],
    ['febf::1', /is a link-local address/],
    ['::', /is not the address of a host/],
    ['fd00::1:8080', /did you mean "\[fd00::1\]:8080"/],
    ['2001:db8::a:443', /did you mean "\[2001:db8::a\]:443"/],
    ['[::ffff:10.0.0.1]:80', /an IPv4-mapped address/],
  ];
  for (const [address, word] of six)
    it(`is refused: ${address}`, () => assert.match(problemsOf(service('[fd00::64]:80', address))[0] ?? '', word));
  for (const address of ['127.0.0.1:80', '10.1.0.255:80', '192.0.2.0:80'])
    it(`is taken: ${address}`, () => assert.deepEqual(problemsOf(service('10.0.0.1:80', address)), []));
  for (const address of ['fd00::80', '[fd00::1:80]', '[fd00::1:80]:80', 'fd00:0:0:0:0:0:1:80', 'fd00::ab'])
    it(`is taken: ${address}`, () => assert.deepEqual(problemsOf(service('[fd00::64]:80', address)), []));

  it('is refused of a sorry server, too', () => {
    const text = service('10.0.0.1:80').replace('persistence', 'sorry_server: { address: "224.0.0.9" }, persistence');
    assert.deepEqual(problemsOf(text), ['224.0.0.9 is a multicast group']);
  });
});

describe('an address of a router', () => {
  const rows: [text: string, word: RegExp][] = [
    [router('10.9.0.0/24'), /^10\.9\.0\.0\/24 is the network itself/],
    [router('10.9.0.255/24'), /is the broadcast address of its network/],
    [router('224.0.0.18'), /is a multicast group/],
    [router('"ff02::12"'), /is a multicast group/],
    [router('0.0.0.0'), /is not the address of a host/],
    [router('{ address: 255.255.255.255/32 }'), /is the broadcast address/],
    [router('10.9.0.1', ', excluded: [10.8.0.0/16]'), /is the network itself/],
    [router('10.9.0.1', ', peers: [224.0.0.18]'), /is a multicast group/],
    [router('10.9.0.1', ', peers: [10.0.0.2], source: 255.255.255.255'), /is the broadcast address/],
  ];
  for (const [text, word] of rows)
    it(`is refused: ${text.slice(80, -6)}`, () => assert.match(problemsOf(text)[0] ?? '', word));
  for (const address of ['10.9.0.100/24', '10.9.0.0/31', '10.9.0.1/31', '10.9.0.0/32', '10.9.0.0', '"fd00::/64"'])
    it(`is taken: ${address}`, () => assert.deepEqual(problemsOf(router(address)), []));
});
