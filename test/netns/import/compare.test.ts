// What the import means is what the real keepalived understands: of the corpus, and of files made up.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { program } from '../controller/operated-director.ts';
import { configurations } from './instances.ts';
import { type OddFile, written } from './odd-lines.ts';
import { differencesOf, differencesOrNone } from './oracle.ts';

const corpus = 'test/unit/import/corpus';

/** What regent does otherwise, and says so: no version 2 over IPv6, no selectors that it has no word for, no peer twice. */
const known: Readonly<Record<string, readonly RegExp[]>> = {
  '08-peer-blocks': [/: speaks: /],
  '11-version-2-ipv6': [/TOLD: version: keepalived 2, regent 3$/],
  '15-selectors': [
    /: routes: keepalived 198\.51\.100\.0\/24 tos 4 via 192\.0\.2\.254, 203\.0\.113\.0\/24 advmss 1400 via 192\.0\.2\.254, regent 203\.0\.113\.0\/24 via 192\.0\.2\.254$/,
    /: rules: keepalived IPv4 from 192\.0\.2\.9 not priority 16383 table 9, IPv4 mark 0x7\/0xff priority 16380 table 9, IPv4 oif eth0 priority 16384 table 6, regent nothing else$/,
  ],
  '30-first-lines': [
    /^router A: its own interface counts: keepalived after 500 ms down after 1000 ms up, regent nothing$/,
  ],
};

/** An owner preempts at once, which the import says where keepalived would wait. */
const toldOfOwners = /: preemption delay: keepalived \d+ ms, regent 0 ms$/;

/** No standard has version 2 over IPv6, which the import says, and a password goes with it. */
const toldOfVersions = /^(router \w+): version: keepalived 2, regent 3$/;

const hasRouters = (name: string): boolean =>
  /^\s*\$?\w*=?\s*vrrp_instance \w/m.test(readFileSync(join(corpus, `${name}.conf`), 'utf8'));
/** keepalived needs IPVS for it: test/ipvs has these. */
const needsIpvs = (name: string): boolean =>
  /^virtual_server |^ *lvs_sync_daemon /m.test(readFileSync(join(corpus, `${name}.conf`), 'utf8'));

const names = readdirSync(corpus)
  .flatMap((file) => (file.endsWith('.conf') ? [basename(file, '.conf')] : []))
  .filter((name) => hasRouters(name) && !needsIpvs(name));

describe('regent import beside keepalived', () => {
  for (const name of names) {
    it(`means what keepalived understands of ${name}`, () => {
      const lines = differencesOf(join(corpus, `${name}.conf`));
      assert.deepEqual(
        lines.filter((line) => !known[name]?.some((pattern) => pattern.test(line))),
        [],
      );
      for (const pattern of known[name] ?? [])
        assert.ok(
          lines.some((line) => pattern.test(line)),
          `${pattern}`,
        );
    });
  }

  it('means it of a file on a file system of its own below /tmp, too', () => {
    const directory = mkdtempSync(join('/tmp', 'regent-compare-mount-'));
    try {
      const script =
        'mount -t tmpfs tmpfs "$0" && cp "$1" "$0/it.conf" && exec "$2" "$3" import --compare "$0/it.conf"';
      const args = [directory, join(corpus, '01-owner.conf'), process.execPath, program];
      const { stdout } = spawnSync('unshare', ['--mount', 'sh', '-c', script, ...args], { encoding: 'utf8' });
      assert.match(stdout, /^vrrp: \d+ values of \d+ things compared, 0 differ$/m);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  /** The differences of made-up files with what keepalived understands of them, in the words of the file. */
  const prove = (files: fc.Arbitrary<OddFile>): void => {
    const directory = mkdtempSync(join(tmpdir(), 'regent-'));
    const file = join(directory, 'keepalived.conf');
    try {
      fc.assert(
        fc.property(files, ({ text, part }) => {
          writeFileSync(file, text);
          writeFileSync(join(directory, 'part.conf'), part);
          const differences = differencesOrNone(file);
          // A file that keepalived refuses as a whole says nothing; one without addresses of a family does that.
          fc.pre(differences !== undefined);
          const isTold = (line: string): boolean =>
            toldOfOwners.test(line) ||
            differences.some((each) => toldOfVersions.exec(each)?.[1] === line.split(':')[0]);
          assert.deepEqual(
            differences.filter((line) => !isTold(line)),
            [],
            `${text}\n--- part.conf\n${part}`,
          );
        }),
        // The short form is the same each time: what it meets is a defect, not luck.
        process.env.REGENT_PROVE === 'long' ? { numRuns: 300 } : { numRuns: 8, seed: 1, endOnFailure: true },
      );
    } finally {
      rmSync(directory, { recursive: true });
    }
  };

  it('means what keepalived understands, whichever keywords are there', () =>
    prove(configurations.map((text) => ({ text, part: '' }))));

  it('means what keepalived understands, however it is written', () => prove(configurations.chain(written)));
});
