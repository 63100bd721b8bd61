// Hostile bytes from scripts, files and interfaces' names reach log, status, events and doctor harmless.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../namespaces.ts';
import { closeHosts, type Host, logs, openHosts } from '../vrrp/hosts.ts';
import { configPath, configure, operate, router, startConfigured } from './operated-director.ts';

const hostile = '\u001b[2J\u001b]0;owned\u0007\u009b31m\u202egnp\u2066\b\b\u2028x\rowned';
/** Characters that stand in no output, line ends and tabs apart. */
const harmful = /[^\P{C}\n\t]|[\p{Zl}\p{Zp}]/u;

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
      for (const words of [
        ['status'],
        ['status', '--json'],
        ['events'],
        ['events', '--json'],
        ['why', 'router', 'vip'],
        ['health'],
      ]) {
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

  it('in the name of an interface are harmless in what the doctor prints', async () => {
    host.namespace.run('ip', 'link', 'add', '\u009b31m\u202eeth', 'type', 'veth', 'peer', 'name', 'other');
    configure(host, [{ ...router('vip', 51, 100, ['192.168.55.100/32']), interface: 'enp0s7' }]);
    for (const more of [[], ['--json']]) {
      const { out } = await operate(host, 'doctor', '-c', configPath(host), '--listen', '100ms', ...more);
      assert.doesNotMatch(out, harmful);
    }
  });
});
