// Services as keepalived understands them, and the same table in the kernel from both: all servers up, one down, all down.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hostFiles } from '../../../config/source/files.ts';
import { importKeepalived } from '../../../import/import.ts';
import { differencesOf } from '../../netns/import/oracle.ts';
import { createNamespace, type Namespace, until } from '../../netns/namespaces.ts';
import { keepalivedProgram } from '../../netns/vrrp/keepalived-versions.ts';

const corpus = 'test/unit/import/corpus';
const regent = fileURLToPath(new URL('../../../cli/regent.js', import.meta.url));

/** What regent does otherwise, and says so. */
const known: Readonly<Record<string, RegExp>> = {
  '16-refused-values': /: hysteresis: keepalived 1, regent 0$/,
  // keepalived gives the hosts of a check no time at all.
  '19-smtp-hosts': /: timeout: keepalived 0 ms, regent 5000 ms$/,
};

const names = [
  ...['06-check-port', '07-all-failed', '10-regex', '13-small-kind', '16-refused-values', '19-smtp-hosts'],
  ...['20-mark-family', '26-only-what-is-needed'],
];

describe('imported services beside keepalived', () => {
  for (const name of names) {
    it(`mean what keepalived understands of ${name}`, () => {
      const lines = differencesOf(join(corpus, `${name}.conf`));
      assert.deepEqual(
        lines.filter((line) => !known[name]?.test(line)),
        [],
      );
    });
  }
});

const conf = `virtual_server 10.8.0.100 80 {
  delay_loop 1
  lb_algo wrr
  protocol TCP
  real_server 10.8.0.1 8001 {
    weight 3
    TCP_CHECK {
      connect_timeout 1
      retry 0
    }
  }
  real_server 10.8.0.2 8002 {
    TCP_CHECK {
      connect_timeout 1
      retry 0
    }
  }
}
virtual_server 10.8.0.101 80 {
  delay_loop 1
  protocol TCP
  quorum 2
  sorry_server 10.8.0.3 8003
  real_server 10.8.0.1 8001 {
    TCP_CHECK {
      retry 0
    }
  }
  real_server 10.8.0.2 8002 {
    inhibit_on_failure
    TCP_CHECK {
      retry 0
    }
  }
}
`;

/** A server of the namespace that takes connections and ends them. */
const listen = (namespace: Namespace, address: string, port: number): ChildProcess => {
  const program = `require('node:net').createServer((socket) => socket.destroy()).listen(${port}, '${address}')`;
  return spawn('ip', ['netns', 'exec', namespace.name, process.execPath, '-e', program], { stdio: 'ignore' });
};

/**
 * Services and destinations of the kernel's table without its counters, sorted: newer kernels list them in the order of a hash
 * that is random in each namespace.
 */
const tableOf = (namespace: Namespace): string =>
  namespace
    .run('cat', '/proc/net/ip_vs')
    .split(/\n(?=[A-Z]+ )/)
    .filter((block) => /^(TCP|UDP|FWM) /.test(block))
    .map((block) => {
      const [service = [], ...destinations] = block
        .trim()
        .split('\n')
        .map((line) => line.trim().split(/\s+/));
      const rows = destinations.map((words) => `-> ${words.slice(1, 4).join(' ')}`).sort();
      return [service.slice(0, 3).join(' '), ...rows].join('\n');
    })
    .sort()
    .join('\n');

describe('the tables of keepalived and of what was imported', function () {
  this.timeout(120_000);

  const walk = async (program: 'keepalived' | 'regent'): Promise<readonly string[]> => {
    const namespace = createNamespace(program);
    const directory = mkdtempSync(join(tmpdir(), 'regent-'));
    mkdirSync(join(directory, 'state'));
    const servers: ChildProcess[] = [];
    let child: ChildProcess | undefined;
    try {
      for (const address of ['1', '2', '3', '100', '101'])
        namespace.run('ip', 'address', 'add', `10.8.0.${address}/32`, 'dev', 'lo');
      for (const number of [1, 2]) servers.push(listen(namespace, `10.8.0.${number}`, 8000 + number));
      const file = join(directory, 'keepalived.conf');
      writeFileSync(file, conf);
      const yaml = join(directory, 'regent.yaml');
      writeFileSync(yaml, importKeepalived(file, hostFiles, { configId: 'main', environment: {} }).yaml);
      const pids = ['p', 'r', 'c', 'b'].flatMap((part) => [`-${part}`, join(directory, `${part}.pid`)]);
      const command =
        program === 'regent'
          ? [process.execPath, regent, 'run', '-c', yaml]
          : [keepalivedProgram('2.2'), '-n', '-l', '-C', '-f', file, ...pids];
      child = spawn('ip', ['netns', 'exec', namespace.name, ...command], {
        stdio: 'ignore',
        env: { ...process.env, RUNTIME_DIRECTORY: directory, STATE_DIRECTORY: join(directory, 'state') },
      });
      const tables: string[] = [];
      const settle = async (): Promise<void> => {
        let before = '';
        let since = performance.now();
        const isCalm = (): boolean => {
          const now = tableOf(namespace);
          if (now !== before || now === '') [before, since] = [now, performance.now()];
          return performance.now() - since > 6000;
        };
        await until('the table settles', isCalm, 60_000);
        tables.push(before);
      };
      await settle();
      for (const server of servers.splice(0).reverse()) {
        server.kill('SIGKILL');
        await settle();
      }
      return tables;
    } finally {
      for (const server of servers) server.kill('SIGKILL');
      child?.kill('SIGTERM');
      await until('it ends', () => child === undefined || child.exitCode !== null || child.signalCode !== null, 15_000);
      rmSync(directory, { recursive: true, force: true });
      namespace.remove();
    }
  };

  it('are the same with all servers up, one down, and all down', async () => {
    const [theirs, ours] = await Promise.all([walk('keepalived'), walk('regent')]);
    assert.deepEqual(ours, theirs);
    assert.equal(new Set(theirs).size, 3);
  });
});
