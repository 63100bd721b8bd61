// Noise on a network at 100,000 packets a second: VRRP of others, broken VRRP, ARP and UDP from random sources.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Namespace } from '../namespaces.ts';

const source = fileURLToPath(new URL('../../../../test/netns/vrrp/noise.c', import.meta.url));

export type Noise = {
  /** @returns how many packets a second were sent, which a busy machine may make fewer. */
  readonly stop: () => Promise<number>;
};

export const startNoise = (namespace: Namespace, interfaceName: string, rate = 100_000): Noise => {
  const folder = mkdtempSync(join(tmpdir(), 'regent-noise-'));
  const program = join(folder, 'noise');
  execFileSync('gcc', ['-O2', '-o', program, source]);
  // In real time, below vrrp: other work on the machine must not make the noise less.
  const command = ['chrt', '--rr', '1', program, interfaceName, String(rate)];
  const child = spawn('ip', ['netns', 'exec', namespace.name, ...command], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  return {
    stop: async () => {
      const closed = once(child, 'close');
      child.kill('SIGTERM');
      await closed;
      rmSync(folder, { recursive: true, force: true });
      const [packets = 0, seconds = 1] = out.trim().split(' ').map(Number);
      return packets / seconds;
    },
  };
};
