// regent's healthcheck process alone, configured as by a controller, and its reports.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeFlags, programFile } from '../base/installed-programs.ts';
import { milliseconds } from '../base/units.ts';
import { connectChannel } from '../channel/connect.ts';
import type { CheckConfig } from '../config/model/check-model.ts';
import type { FromHealthcheck, Target, ToHealthcheck } from '../healthcheck/messages.ts';
import { ip } from '../net/ip-address.ts';
import type { Namespace } from '../test/netns/namespaces.ts';
import { probedPort, type ServerKind } from './probe-servers.ts';

export type Prober = {
  readonly pid: number;
  /** Milliseconds from the start of the process until all were known to be up; undefined before that. */
  readonly allUpAfter: () => number | undefined;
  /** Discards the probes so far. */
  readonly begin: () => void;
  readonly results: () => {
    readonly failed: number;
    /** Of each second's latest probe, in milliseconds. */
    readonly lateness: readonly number[];
    readonly silences: number;
    readonly faults: readonly string[];
  };
  readonly stop: () => void;
};

const common = { interval: milliseconds(1000), timeout: milliseconds(500), rise: 2, fall: 3 };
/** `half-open` asks the servers for TCP. */
export type ProbeKind = ServerKind | 'half-open';

const checks: { readonly [Kind in ProbeKind]: CheckConfig } = {
  tcp: { type: 'tcp', ...common },
  'half-open': { type: 'tcp', halfOpen: true, ...common },
  http: {
    type: 'http',
    ...common,
    method: 'GET',
    path: '/',
    headers: {},
    expectedStatus: [{ from: 200, to: 299 }],
    followRedirects: 0,
    keepAlive: false,
    strict: false,
  },
};

const program = programFile('healthcheck');

/** Probes each address every second. */
export const startProber = (namespace: Namespace, kind: ProbeKind, addresses: readonly string[]): Prober => {
  const targets = addresses.map(
    (address): Target => ({
      id: `${address}:${probedPort}/${kind}`,
      endpoint: { address: ip(address), port: probedPort },
      check: checks[kind],
    }),
  );
  const folder = mkdtempSync(join(tmpdir(), 'regent-bench-'));
  const socket = join(folder, 'healthcheck.sock');
  // `ip netns exec` becomes the program: the pid is the prober's.
  const args = ['netns', 'exec', namespace.name, process.execPath, ...nodeFlags.healthcheck, program, socket];
  const child = spawn('ip', args, { stdio: 'inherit' });
  const startedAt = performance.now();
  let [failed, silences] = [0, 0];
  let lateness: number[] = [];
  let allUpAfter: number | undefined;
  const faults: string[] = [];
  const up = new Set<string>();
  const channel = connectChannel<FromHealthcheck, ToHealthcheck>(
    socket,
    {
      onConnect: () => channel.send({ type: 'configure', targets }),
      onSilence: () => {
        silences += 1;
      },
      onMessage: (message) => {
        if (message.type === 'local-fault') faults.push(`${message.why} (${message.targets})`);
        if (message.type === 'verdict' && message.health === 'up') up.add(message.target);
        if (up.size === targets.length) allUpAfter ??= performance.now() - startedAt;
        if (message.type !== 'probes') return;
        lateness.push(message.lateness);
        failed += message.results.filter(({ ok }) => !ok).length;
      },
    },
    { deadline: 60_000 },
  );
  return {
    pid: child.pid ?? 0,
    allUpAfter: () => allUpAfter,
    begin: () => {
      failed = 0;
      lateness = [];
    },
    results: () => ({ failed, lateness, silences, faults }),
    stop: () => {
      channel.close();
      child.kill('SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
