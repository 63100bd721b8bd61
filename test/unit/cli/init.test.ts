// `regent init` and `regent explain`, and the configuration that commands take where none is named.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { program } from '../../../cli/command-line.ts';
import { explain } from '../../../cli/explain.ts';
import {
  readDirector,
  readInterface,
  readRouterId,
  readServers,
  readVirtualAddress,
} from '../../../cli/pair-answers.ts';
import { type Here, nextSteps, writePair } from '../../../cli/pair-files.ts';
import { describeSections } from '../../../config/pages/reference.ts';
import { parseConfig } from '../../../config/source/load.ts';

const regent = fileURLToPath(new URL('../../../cli/regent.js', import.meta.url));
const run = (...words: readonly string[]): { readonly code: number | null; readonly out: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [regent, ...words], { encoding: 'utf8', input: '' });
  return { code: status, out: stdout + stderr };
};

/** The same at a terminal, where keys are typed once their question is there. */
const onTerminal = (
  typed: readonly (readonly [question: RegExp, keys: string])[],
  ...words: readonly string[]
): Promise<{ readonly code: number | null; readonly out: string }> =>
  new Promise((resolve) => {
    const command = [process.execPath, regent, ...words].map((word) => `'${word}'`).join(' ');
    const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const left = [...typed];
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      const [next] = left;
      if (next?.[0].test(out)) child.stdin.write(left.shift()?.[1] ?? '');
    });
    child.on('close', (code) => resolve({ code, out }));
  });

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
      assert.match(out, /scp .*lb1\.yaml'? root@.*:\/etc\/regent\/regent\.yaml/);
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

  const pair = ['--director', 'a=10.0.0.1', 'b=10.0.0.2'];
  const shared = [...pair, '--address', '10.0.0.3', '--interface', 'eth0'];
  for (const [words, why] of [
    [[], /no terminal to ask, and no --director of both directors, no --address, no --interface/],
    [[...shared, '--director', 'c=10.0.0.4'], /a pair has two directors/],
    [[...shared, '--router-id', '256'], /"256" is not a virtual router id/],
  ] as const)
    it(`refuses ${words.join(' ') || 'to guess'}`, () => {
      const into = join(folder, 'refused');
      const { code, out } = run('init', '--into', into, ...words);
      assert.equal(code, 2, out);
      assert.match(out, why);
      assert.throws(() => readdirSync(into));
    });

  it('leaves none of its files where one cannot be written', () => {
    const into = join(folder, 'half');
    mkdirSync(into);
    // A link to nowhere is seen only when it is written.
    symlinkSync(join(folder, 'nowhere', 'key'), join(into, 'peers.key'));
    const { code } = run('init', '--into', into, ...shared);
    assert.equal(code, 1);
    assert.deepEqual(readdirSync(into), ['peers.key']);
  });

  it('asks again until an answer is right, and takes lines that are pasted at once', async () => {
    const into = join(folder, 'asked');
    const directors = ['lb0', 'lb0=10.0.0.1', 'lb0=10.0.0.2', 'lb1=10.0.0.2'];
    const rest = ['10.0.0.1', '10.0.0.3', 'eth0', 'rs0=10.0.1.1:80'];
    const pasted = [...directors, ...rest].map((line) => `${line}\r`).join('');
    const { code, out } = await onTerminal([[/First director/, pasted]], 'init', '--into', into);
    assert.equal(code, 0, out);
    assert.match(out, /is not NAME=ADDRESS.*name of the first director.*own address of lb0/s);
    assert.deepEqual(readdirSync(into).sort(), ['lb0.yaml', 'lb1.yaml', 'peers.key']);
  });

  for (const [label, key] of [
    ['Ctrl-C', '\x03'],
    ['Ctrl-D', '\x04'],
  ] as const)
    it(`writes nothing after ${label}`, async () => {
      const into = join(folder, label);
      const typed = [
        [/First director/, 'lb0=10.0.0.1\r'],
        [/Second director/, key],
      ] as const;
      const { code, out } = await onTerminal(typed, 'init', '--into', into);
      assert.equal(code, 1, out);
      assert.match(out, /no answer: nothing is written/);
      assert.throws(() => readdirSync(into));
    });
});

describe('an answer to regent init', () => {
  const one = readDirector('a=10.0.0.1');
  const virtual = readVirtualAddress('10.0.0.3', [one]);
  const rows: readonly (readonly [(text: string) => unknown, string, RegExp])[] = [
    [readDirector, 'a=nowhere', /is not NAME=ADDRESS/],
    [readDirector, 'a=10.0.0.1=x', /is not NAME=ADDRESS/],
    [readDirector, '../a=10.0.0.1', /a name has letters, digits/],
    [readDirector, 'a b=10.0.0.1', /a name has letters, digits/],
    [readDirector, 'a=127.0.0.1', /is not NAME=ADDRESS/],
    [readDirector, 'a=fe80::1', /is link-local/],
    [readDirector, 'a=fe80::1%eth0', /is not NAME=ADDRESS/],
    [(text) => readDirector(text, one), 'a=10.0.0.2', /has the name of the first director/],
    [(text) => readDirector(text, one), 'b=10.0.0.1', /has the address of the first director/],
    [(text) => readDirector(text, one), 'b=fd00::1', /and 10\.0\.0\.1 are of two families/],
    [(text) => readVirtualAddress(text, [one]), 'x', /is not an address/],
    [(text) => readVirtualAddress(text, [one]), '10.0.0.3/33', /is not an address/],
    [(text) => readVirtualAddress(text, [one]), '224.0.0.18', /is not an address that clients can connect to/],
    [(text) => readVirtualAddress(text, [one]), '10.0.0.1/24', /is the own address of a/],
    [readInterface, '', /is not the name of an interface/],
    [readInterface, 'eth 0', /is not the name of an interface/],
    [readInterface, 'sixteen-letters-', /is not the name of an interface/],
    [readRouterId, '1e1', /is not a virtual router id/],
    [readRouterId, '0', /is not a virtual router id/],
    ...(
      [
        ['rs0=10.0.1.1', /is not NAME=ADDRESS:PORT/],
        ['rs0=host:80', /is not NAME=ADDRESS:PORT/],
        ['rs0=fd66::111:80', /is not NAME=ADDRESS:PORT .*\[fd66::111\]:80/],
        ['rs0=[fd66::111]:80', /and 10\.0\.0\.3 are of two families/],
        ['rs0=10.0.0.3:80', /has the address that clients connect to/],
        ['rs0=10.0.1.1:80 rs0=10.0.1.2:80', /has the name of another server/],
        ['rs0=10.0.1.1:80 rs1=10.0.1.1:80', /has the address and port of another server/],
      ] as const
    ).map(([text, why]) => [(words: string) => readServers(words.split(' '), virtual), text, why] as const),
  ];
  for (const [read, text, why] of rows) it(`is not ${text || 'empty'}`, () => assert.throws(() => read(text), why));
});

describe('what regent init says to do next', () => {
  const wordsOf = (one: string, other: string, here: Here): string =>
    nextSteps(
      {
        directors: [readDirector(one), readDirector(other)],
        address: readVirtualAddress('10.0.0.3', []),
        interface: 'eth0',
        routerId: 51,
        servers: [],
      },
      here,
    );

  it('copies by scp, also to IPv6 and out of a folder with a blank', () => {
    const text = wordsOf('a=10.0.0.1', 'b=10.0.0.2', { folder: '/root/my pair', addresses: new Set() });
    assert.match(text, /scp '\/root\/my pair\/a\.yaml' root@10\.0\.0\.1:\/etc\/regent\/regent\.yaml/);
    const ipv6 = wordsOf('a=fd55::11', 'b=fd55::12', { folder: '/root', addresses: new Set() });
    assert.match(ipv6, /scp \/root\/b\.yaml 'root@\[fd55::12\]:\/etc\/regent\/regent\.yaml'/);
  });
  it('copies on this host where it is a director, and not what is in its place', () => {
    const here = { folder: '/etc/regent', addresses: new Set(['10.0.0.1']) };
    assert.match(wordsOf('a=10.0.0.1', 'b=10.0.0.2', here), /^cp \/etc\/regent\/a\.yaml \/etc\/regent\/regent\.yaml$/m);
    assert.match(wordsOf('a=10.0.0.1', 'b=10.0.0.2', here), /scp \/etc\/regent\/peers\.key root@10\.0\.0\.2/);
  });
});

describe('the files of regent init', () => {
  it('keep names that YAML would take for another type', () => {
    const one = readDirector('1=10.0.0.1');
    const other = readDirector('yes=10.0.0.2');
    const address = readVirtualAddress('10.0.0.3', [one, other]);
    const servers = readServers(['007=10.0.1.1:80', 'null=10.0.1.2:80'], address);
    const files = writePair({ directors: [one, other], address, interface: 'on', routerId: 7, servers }, 'secret');
    const parsed = parseConfig(files.get('yes.yaml') ?? '', 'yes.yaml');
    assert.ok(parsed.ok, JSON.stringify(parsed));
    assert.equal(parsed.config.director, 'yes');
    assert.equal(parsed.config.vrrp.routers[0]?.interface, 'on');
    assert.deepEqual(
      parsed.config.virtualServices[0]?.realServers.map(({ name }) => name),
      ['007', 'null'],
    );
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
