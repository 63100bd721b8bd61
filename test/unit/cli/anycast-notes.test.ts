// What `regent check` notes about services at anycast addresses.

import assert from 'node:assert/strict';
import { anycastNotes } from '../../../cli/anycast-notes.ts';
import { configOf } from '../config/source/texts.ts';

const notes = (keys: string, address = '192.0.2.10:80'): string[] =>
  anycastNotes(
    configOf(
      `director: d\nanycast: { addresses: [{ name: any, addresses: [192.0.2.10], any_scheduler: true }] }\nvirtual_services:\n  - { name: web, address: ${address}, ${keys}, real_servers: [{ address: 10.1.0.1 }] }\n`,
    ),
  ).map((note) => note.replace(/^service web at an anycast address: /, ''));

describe('a note about a service at an anycast address', () => {
  for (const [keys, ...expected] of [
    ['scheduler: mh, scheduler_flags: [port, fallback], inhibit: true, forwarding: direct'],
    ['scheduler: sh, forwarding: tunnel'],
    ['scheduler: wrr, snat: true'],
    ['scheduler: wrr', /^masquerading needs replies/],
    ['scheduler: mh, scheduler_flags: [port], forwarding: direct', /inhibit: true keeps alike/],
    ['scheduler: mh, scheduler_flags: [port], forwarding: direct, inhibit: true', /the flag fallback/],
  ] as const)
    it(keys, () => {
      const found = notes(keys);
      assert.equal(found.length, expected.length, found.join('; '));
      for (const [index, pattern] of expected.entries()) assert.match(found[index] ?? '', pattern);
    });

  it('is none for another address', () => assert.deepEqual(notes('scheduler: wrr', '192.0.2.11:80'), []));
});
