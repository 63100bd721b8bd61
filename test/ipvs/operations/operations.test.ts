// The commands of docs/operations.md, run in their order on the two directors that it speaks of.

import assert from 'node:assert/strict';
import { type ChildProcess, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../../../cli/command.ts';
import {
  askStatus,
  configPath,
  configure,
  type Run,
  router,
  startConfigured,
} from '../../netns/controller/operated-director.ts';
import { until } from '../../netns/namespaces.ts';
import { closeHosts, type Host, openHosts } from '../../netns/vrrp/hosts.ts';

const text = readFileSync(fileURLToPath(new URL('../../../../docs/operations.md', import.meta.url)), 'utf8');
const patience = 240_000;

type Step = { readonly host: 'lb0' | 'lb1'; readonly command: string; readonly code: number };

const steps: readonly Step[] = [...text.matchAll(/^(lb[01])\$ (.*?)(?: # exit (\d+))?$/gm)].map(
  ([, host, command = '', code = '0']) => ({ host: host === 'lb0' ? 'lb0' : 'lb1', command, code: Number(code) }),
);

describe('docs/operations.md', function () {
  this.timeout(4 * patience);
  let hosts: Readonly<Record<'lb0' | 'lb1', Host>>;
  let web: ChildProcess;

  /** What an operator types: a command of regent in this process, as a process of its own takes an emulated one seconds to start. */
  const type = async (host: Host, command: string): Promise<Run> => {
    const line = command.replaceAll('/etc/regent/', `${host.directory}/`);
    const [word, ...words] = line.split(' ');
    if (word !== 'regent') {
      const { status, stdout, stderr } = spawnSync('sh', ['-c', line], { encoding: 'utf8' });
      return { code: status, out: stdout + stderr };
    }
    const streams = [process.stdout, process.stderr];
    const writers = streams.map(({ write }) => write);
    let out = '';
    for (const stream of streams) {
      stream.write = (chunk: string | Uint8Array): boolean => {
        out += chunk.toString();
        return true;
      };
    }
    try {
      return { code: await runCommand(['--socket', join(host.directory, 'control.sock'), ...words]), out };
    } finally {
      process.exitCode = undefined;
      for (const [place, stream] of streams.entries()) stream.write = writers[place] ?? stream.write;
    }
  };

  const isSettled = async (): Promise<boolean> => {
    const [first, second] = [await askStatus(hosts.lb0), await askStatus(hosts.lb1)];
    return (
      first?.warnings.length === 0 &&
      second?.warnings.length === 0 &&
      first.routers[0]?.state === 'master' &&
      second.routers[0]?.master !== undefined
    );
  };

  before(async () => {
    const [lb0, lb1] = openHosts();
    hosts = { lb0, lb1 };
    lb1.namespace.run('ip', 'address', 'add', '192.168.55.111/24', 'dev', 'enp0s9');
    lb1.namespace.run('ip', 'address', 'add', '192.168.55.112/24', 'dev', 'enp0s9');
    const script = `for (const address of ['192.168.55.111', '192.168.55.112'])
      require('node:http').createServer((_, response) => response.end()).listen(80, address);`;
    web = lb1.start(process.execPath, '-e', script);
    for (const [host, priority, own, other] of [
      [lb0, 150, 11, 12],
      [lb1, 100, 12, 11],
    ] as const) {
      const keyFile = join(host.directory, 'peers.key');
      writeFileSync(keyFile, 'a secret that both directors know\n');
      configure(host, [router('vip', 51, priority, ['192.168.55.100/32'])], {
        virtual_services: [
          {
            name: 'web',
            address: '192.168.55.100:80',
            check: { timeout: '2s' },
            real_servers: [
              { name: 'rs0', address: '192.168.55.111:80', weight: 100 },
              { name: 'rs1', address: '192.168.55.112:80', weight: 100 },
            ],
          },
        ],
        peers: { listen: `192.168.55.${own}:8550`, key_file: keyFile, directors: [`192.168.55.${other}:8550`] },
      });
      startConfigured(host);
    }
    assert.match(readFileSync(configPath(lb0), 'utf8'), /priority: 150/);
    await until('both directors are well', isSettled, patience);
  });
  after(async function () {
    if (!this.test?.parent?.tests.every(({ state }) => state === 'passed')) {
      console.error(`${hosts.lb0.log()}\n${hosts.lb1.log()}`);
    }
    web.kill('SIGKILL');
    await closeHosts();
  });

  it('has commands', () => assert.ok(steps.length > 25));
  for (const { host, command, code } of steps)
    it(`${host}$ ${command}${code === 0 ? '' : ` ends with ${code}`}`, async () => {
      const run = await type(hosts[host], command);
      assert.equal(run.code, code, run.out);
      // What an operator would see before the next command: the elections of a change are over.
      if (/^regent (reload|resume)/.test(command) && code === 0)
        await until('both are well again', isSettled, patience);
    });
});
