// `regent anycast print`: what it writes, and what it refuses. Real daemons read it in test/netns/routing.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EngineName, type PrintOptions, printFragment } from '../../../cli/anycast.ts';

const both = '[192.0.2.10/32, "2001:db8::10/128"]';
const fileOf = (addresses: string): string =>
  `director: lb0\nanycast:\n  interface: any7\n  addresses:\n    - { name: web, addresses: ${addresses} }\n`;

describe('regent anycast print', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'regent-print-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const print = (engine: EngineName, options: Omit<PrintOptions, 'config'> = {}, text = fileOf(both)) => {
    const config = join(folder, 'regent.yaml');
    writeFileSync(config, text);
    return printFragment(engine, { config, ...options });
  };

  for (const engine of ['bird', 'frr'] as const) {
    it(`names exactly the addresses and the interface to ${engine}`, async () => {
      const text = await print(engine);
      for (const word of ['any7', '192.0.2.10/32', '2001:db8::10/128']) assert.ok(text.includes(word), word);
    });

    it(`leaves the other family out for ${engine}`, async () => {
      const text = await print(engine, { as: '64512', router: ['10.0.0.1=64500'] }, fileOf('[192.0.2.10/32]'));
      assert.ok(!/ipv6|NET_IP6/.test(text), text);
    });

    it(`carries each family on its own session for ${engine}, or both on the only one`, async () => {
      const activated = (text: string) => (text.match(/^ +(ipv[46] \{|neighbor \S+ activate)/gm) ?? []).length;
      assert.equal(activated(await print(engine, { as: '1', router: ['10.0.0.1=64500'] })), 2);
      assert.equal(activated(await print(engine, { as: '1', router: ['10.0.0.1=64500', 'fd00::1=64500'] })), 2);
      assert.equal(activated(await print(engine, { as: '1', router: ['10.0.0.1=2', '10.0.0.2=3'] })), 4);
    });
  }

  for (const [what, options, message] of [
    ['routers without the own system', { router: ['10.0.0.1=64500'] }, /--as NUMBER/],
    ['the own system without routers', { as: '64512' }, /--router ADDRESS=AS/],
    ['BFD without sessions', { bfd: true }, /sessions need both/],
    ['a system that is none', { as: '0', router: ['10.0.0.1=64500'] }, /"0" is not the number/],
    ['a system that is too large', { as: '4294967295', router: ['10.0.0.1=64500'] }, /1 to 4294967294/],
    ['a router without its system', { as: '1', router: ['10.0.0.1'] }, /is not ADDRESS=AS/],
    ['a router by name', { as: '1', router: ['router=64500'] }, /is not ADDRESS=AS/],
  ] as const)
    it(`refuses ${what}`, () => assert.rejects(print('bird', options), message));

  it('refuses a configuration without anycast addresses', () =>
    assert.rejects(print('frr', {}, 'director: lb0\nvirtual_services: []\n'), /has no anycast addresses/));
});
