// Hostile bytes from scripts, files and interfaces' names reach log, status, events and doctor harmless.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '../namespaces.ts';
import { closeHosts, type Host, logs, openHosts, sleep } from '../vrrp/hosts.ts';
import { configPath, configure, operate, router, startConfigured } from './operated-director.ts';

const hostile = '\u001b[2J\u001b]0;owned\u0007\u009b31m\u202egnp\u2066\b\b\u2028x\rowned';
/** Characters that stand in no output, line ends and tabs apart. */
const harmful = /[^\P{C}\n\t]|[\p{Zl}\p{Zp}]/u;

/** Commands that show texts of others. */
const questions = [
  ['status'],
  ['status', '--json'],
  ['events'],
  ['events', '--json'],
  ['why', 'router', 'vip'],
  ['health'],
] as const;

describe('hostile bytes', function () {
  this.timeout(60_000);
  let host: Host;
  before(() => {
    [host] = openHosts();
  });
  after(() => closeHosts());

  for (const format of ['text', 'json'] as const)
    it(`are harmless in a log of ${format}, and wherever it is shown`, async () => {
      const before = host.log().length;
      const [file, script] = [join(host.directory, 'tracked'), join(host.directory, 'script')];
      writeFileSync(file, hostile);
      writeFileSync(script, Buffer.concat([Buffer.from([0xff, 0xfe, 0x9b]), Buffer.from(`${hostile} says it\n`)]));
      const track = [{ script: 's1' }, { file: 'f1', weight: 5 }];
      configure(host, [{ ...router('vip', 51, 100, ['192.168.55.100/32']), track }], {
        vrrp: {
          scripts: [
            { name: 's1', command: ['/bin/sh', '-c', `cat ${script}; exit 1`], interval: '1s', rise: 1, fall: 1 },
          ],
          files: [{ name: 'f1', path: file }],
        },
        log: { format, level: 'debug', file: { path: join(host.directory, `log.${format}`) } },
      });
      const director = startConfigured(host);
      await logs(host, /script s1 exited with 1/);
      await logs(host, /holds no whole number/);
      await until('status shows it', async () => /owned/.test((await operate(host, 'status')).out));
      for (const words of questions) {
        const { out } = await operate(host, ...words);
        assert.doesNotMatch(out, harmful, words.join(' '));
      }
      director.kill('SIGTERM');
      await new Promise((resolve) => director.once('exit', resolve));
      const log = host.log().slice(before);
      assert.match(log, /owned/);
      assert.doesNotMatch(log, harmful);
      for (const name of [join(host.directory, `log.${format}`), join(host.directory, 'state', 'journal.jsonl')])
        assert.doesNotMatch(readFileSync(name, 'utf8'), harmful, name);
    });

  it('of a peer are harmless wherever they are shown, and cost neither peers nor commands', async () => {
    const secret = '0123456789abcdef0123456789abcdef';
    const keyFile = join(host.directory, 'peers.key');
    writeFileSync(keyFile, `${secret}\n`, { mode: 0o600 });
    const command = { server: `${hostile}:80`, drained: true, revision: 1, by: hostile, at: 1 };
    const fields = { hello: { protocol: 1, oldest: 1, build: hostile }, director: hostile };
    const bodies = [
      { ...fields, commands: [command] },
      { ...fields, commands: [{ ...command, at: 1e300 }] },
      { ...fields, commands: [{ ...command, revision: Number.MAX_SAFE_INTEGER }] },
      { ...fields, hello: { protocol: 99, oldest: 99, build: hostile }, commands: [] },
    ].map((body) => JSON.stringify(body));
    const peer = host.start(
      process.execPath,
      '-e',
      `const key = ${JSON.stringify(secret)}, bodies = ${JSON.stringify(bodies)}, hostile = ${JSON.stringify(hostile)};
      const hmac = (text) => require('node:crypto').createHmac('sha256', key).update(text).digest('hex');
      let count = 0;
      require('node:http').createServer((request, response) => {
        request.resume();
        // After each fault a good message, since only changes are logged.
        const body = count % 2 === 0 ? bodies[0] : bodies[((count - 1) / 2) % bodies.length + 1];
        count += 1;
        const words = Buffer.from(hostile.repeat(1000));
        if (body === undefined) response.writeHead(403).end(words);
        else response.writeHead(200, { 'regent-signature': hmac(body) }).end(body);
      }).listen(7947, '127.0.0.1', () => console.log('hostile peer listens'));`,
    );
    await logs(host, /hostile peer listens/);
    const before = host.log().length;
    configure(host, [router('vip', 51, 100, ['192.168.55.100/32'])], {
      peers: { listen: '127.0.0.1:7946', directors: ['127.0.0.1:7947'], key_file: keyFile },
      log: { level: 'debug' },
    });
    const director = startConfigured(host);
    const text = (): string => host.log().slice(before);
    for (const pattern of [
      /drains and weights by command are exchanged/,
      /it answers 403/,
      /speaks protocol|needs protocol/,
    ])
      await until(String(pattern), () => pattern.test(text()), 30_000);
    await until('the status has it', async () => /owned/.test((await operate(host, 'status')).out));
    for (const words of [['status'], ['status', '--json'], ['events'], ['events', '--json'], ['servers'], ['health']]) {
      const { out } = await operate(host, ...words);
      assert.doesNotMatch(out, harmful, words.join(' '));
      assert.doesNotMatch(out, /(owned.*){20}/, words.join(' '));
    }
    peer.kill();
    director.kill('SIGTERM');
    await new Promise((resolve) => director.once('exit', resolve));
    assert.doesNotMatch(text(), harmful);
    const state = readFileSync(join(host.directory, 'state', 'operator.json'), 'utf8');
    assert.doesNotMatch(state, harmful);
    assert.match(state, /owned/);
    assert.doesNotMatch(state, /9007199254740991|1e\+300/);
  });

  it('of an adopted process are harmless, and end no controller', async () => {
    const before = host.log().length;
    const text = (): string => host.log().slice(before);
    const script = fileURLToPath(new URL('./hostile-vrrp.js', import.meta.url));
    const fake = host.start(process.execPath, script, join(host.directory, 'vrrp.sock'), 'other', hostile);
    await until('it listens', () => text().includes('a hostile vrrp listens'));
    configure(host, [router('vip', 51, 100, ['192.168.55.100/32'])], { log: { level: 'debug' } });
    const director = startConfigured(host);
    await until('its texts come', () => /owned/.test(text()));
    await sleep(3000);
    for (const words of questions) {
      const { out } = await operate(host, ...words);
      assert.doesNotMatch(out, harmful, words.join(' '));
      assert.doesNotMatch(out, /defect of regent|Cannot reach/, words.join(' '));
    }
    assert.equal(director.exitCode, null);
    fake.kill('SIGKILL');
    await until('a vrrp of its own rules', host.holds, 30_000);
    director.kill('SIGTERM');
    await new Promise((resolve) => director.once('exit', resolve));
    assert.doesNotMatch(text(), harmful);
    assert.doesNotMatch(text(), /defect of regent/);
  });

  it('in the name of an interface are harmless in what the doctor prints', async () => {
    host.namespace.run('ip', 'link', 'add', '\u009b31m\u202eeth', 'type', 'veth', 'peer', 'name', 'other');
    configure(host, [{ ...router('vip', 51, 100, ['192.168.55.100/32']), interface: 'enp0s7' }]);
    for (const more of [[], ['--json']]) {
      const { out } = await operate(host, 'doctor', '-c', configPath(host), '--listen', '100ms', ...more);
      assert.doesNotMatch(out, harmful);
    }
  });
});
