// `regent init` and `regent explain`, and the configuration that commands take where none is named.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { program } from '../../../cli/command-line.ts';
import { explain } from '../../../cli/explain.ts';
import { describeSections } from '../../../config/pages/reference.ts';
import { parseConfig } from '../../../config/source/load.ts';

const regent = fileURLToPath(new URL('../../../cli/regent.js', import.meta.url));
const run = (...words: readonly string[]): { readonly code: number | null; readonly out: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [regent, ...words], { encoding: 'utf8', input: '' });
  return { code: status, out: stdout + stderr };
};

describe('regent init', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'regent-init-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const [label, directors, address, servers] of [
    [
      'IPv4 with servers',
      ['lb0=192.168.55.11', 'lb1=192.168.55.12'],
      '192.168.55.100',
      ['rs0=192.168.66.111:80', 'rs1=192.168.66.112:80'],
    ],
    ['IPv4 with a prefix length', ['lb0=192.168.55.11', 'lb1=192.168.55.12'], '192.168.55.100/24', []],
    ['IPv6 with a server behind', ['lb0=192.168.55.11', 'lb1=192.168.55.12'], 'fd55::100', ['rs0=[fd66::111]:443']],
  ] as const)
    it(`writes a valid pair: ${label}`, () => {
      const into = join(folder, label);
      const server = servers.length === 0 ? [] : ['--server', ...servers];
      const named = ['--director', ...directors, '--address', address, '--interface', 'eth0', ...server];
      const { code, out } = run('init', '--into', into, ...named);
      assert.equal(code, 0, out);
      assert.deepEqual(readdirSync(into).sort(), ['lb0.yaml', 'lb1.yaml', 'peers.key']);
      assert.match(readFileSync(join(into, 'peers.key'), 'utf8'), /^[0-9a-f]{64}\n$/);
      assert.equal(statSync(join(into, 'peers.key')).mode & 0o777, 0o600);
      const [one, other] = ['lb0.yaml', 'lb1.yaml'].map((name) => {
        const parsed = parseConfig(readFileSync(join(into, name), 'utf8'), name);
        assert.ok(parsed.ok);
        return parsed.config;
      });
      assert.deepEqual(
        [one, other].map((config) => config?.vrrp.routers[0]?.priority),
        [150, 100],
      );
      assert.equal(one?.virtualServices.length, servers.length === 0 ? 0 : 1);
      assert.match(out, /scp .*lb1\.yaml root@.*:\/etc\/regent\/regent\.yaml/);
    });

  it('overwrites nothing', () => {
    const into = join(folder, 'twice');
    const words = [
      '--director',
      'a=10.0.0.1',
      'b=10.0.0.2',
      '--address',
      '10.0.0.3',
      '--interface',
      'eth0',
      '--into',
      into,
    ];
    assert.equal(run('init', ...words).code, 0);
    const key = readFileSync(join(into, 'peers.key'), 'utf8');
    const { code, out } = run('init', ...words);
    assert.equal(code, 2);
    assert.match(out, /has a\.yaml, b\.yaml, peers\.key already: nothing is written/);
    assert.equal(readFileSync(join(into, 'peers.key'), 'utf8'), key);
  });

  for (const [words, why] of [
    [[], /--director is missing, and there is no terminal to ask/],
    [['--director', 'a=nowhere', 'b=10.0.0.2'], /"a=nowhere" is not NAME=ADDRESS/],
    [['--director', 'a=10.0.0.1', 'a=10.0.0.2'], /the same name or address/],
    [['--director', 'a=10.0.0.1', 'b=10.0.0.2', '--address', 'x', '--interface', 'eth0'], /"x" is not an address/],
    [
      ['--director', 'a=10.0.0.1', 'b=10.0.0.2', '--address', '10.0.0.3', '--interface', 'eth0', '--router-id', '256'],
      /virtual_router_id/,
    ],
  ] as const)
    it(`refuses ${words.join(' ') || 'to guess'}`, () => {
      const into = join(folder, 'refused');
      const { code, out } = run('init', '--into', into, ...words);
      assert.equal(code, 2, out);
      assert.match(out, why);
      assert.throws(() => readdirSync(into));
    });
});

describe('regent explain', () => {
  it('knows every key and every mapping by its path', () => {
    for (const { path, keys } of describeSections()) {
      if (path !== '') assert.ok(explain(path).includes(path));
      for (const { key, meaning } of keys) {
        const text = explain(path === '' ? key : `${path}.${key}`);
        assert.ok(text.includes(key) && text.includes(meaning), `${path}.${key}`);
      }
    }
  });
  it('knows a key without its path', () =>
    assert.match(explain('virtual_router_id'), /^vrrp\.routers\[\]\.virtual_router_id\n/));
  it('suggests what may be meant', () => {
    const { code, out } = run('explain', 'virtual_router');
    assert.equal(code, 2);
    assert.match(out, /there is no key virtual_router: is virtual_router_id meant\?/);
  });
});

describe('without a file', () => {
  for (const name of ['run', 'plan', 'doctor', 'check'])
    it(`regent ${name} takes /etc/regent/regent.yaml`, () => {
      const command = program.commands.find((each) => each.name() === name);
      const usual =
        command?.options.find(({ long }) => long === '--config')?.defaultValue ??
        command?.registeredArguments[0]?.defaultValue;
      assert.equal(usual, '/etc/regent/regent.yaml');
    });
});
