// What `regent check` notes of a valid configuration on this host.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { notesOf } from '../../../cli/check.ts';
import { parseConfig } from '../../../config/source/load.ts';

const program = fileURLToPath(new URL('../../../cli/regent.js', import.meta.url));

const notes = (...addresses: readonly string[]): string[] => {
  const parsed = parseConfig(
    `director: d\nvrrp: { routers: [{ name: vip, interface: eth0, virtual_router_id: 51, addresses: [${addresses}] }] }\n`,
    'f',
  );
  assert.ok(parsed.ok);
  const own = (cidr: string) => ({ address: cidr.split('/')[0] ?? '', cidr });
  return notesOf(parsed.config, { eth0: [own('10.0.0.5/24'), own('10.0.0.100/24'), own('fd00::5/64')], eth1: [] });
};

describe('regent check', () => {
  it("notes a virtual address that has the subnet of the host's own", () =>
    assert.deepEqual(notes('10.0.0.100/24'), [
      "router vip: 10.0.0.100/24 has the subnet of this host's own 10.0.0.5/24 on eth0: 10.0.0.100/32 is enough, and needs no promote_secondaries",
    ]));
  for (const address of ['10.0.0.100/32', '10.0.0.100/25', '10.0.1.100/24'])
    it(`notes nothing of ${address}`, () => assert.deepEqual(notes(address), []));
});

describe('regent check --json', () => {
  const run = (text: string): { readonly code: number | null; readonly verdict: Record<string, unknown> } => {
    const folder = mkdtempSync(join(tmpdir(), 'regent-check-'));
    const file = join(folder, 'regent.yaml');
    writeFileSync(file, text);
    const { status, stdout } = spawnSync(process.execPath, [program, 'check', '--json', file], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    return { code: status, verdict: JSON.parse(stdout.replaceAll(file, 'FILE')) };
  };
  it('says that a configuration is valid', () => {
    const { code, verdict } = run(
      `director: lb0\nvrrp: { routers: [{ name: vip, interface: eth0, virtual_router_id: 51, addresses: [192.0.2.1/32] }] }\n`,
    );
    assert.equal(code, 0);
    assert.deepEqual(verdict, { file: 'FILE', valid: true, director: 'lb0', notes: [], problems: [], more: 0 });
  });
  it('says each problem with its place', () => {
    const { code, verdict } = run('director: lb0\nvrpp: {}\n');
    assert.equal(code, 2);
    assert.equal(verdict.valid, false);
    const [problem] = verdict.problems as Record<string, unknown>[];
    assert.deepEqual([problem?.file, problem?.line, problem?.column, problem?.suggestion], ['FILE', 2, 1, 'vrrp']);
  });
});
