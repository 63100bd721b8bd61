// Servers for probes: they accept on every address of their host, and count the probes of each and their gaps.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Namespace } from '../test/netns/namespaces.ts';
import { type Summary, summarize } from './figures.ts';

export type ServerKind = 'tcp' | 'http';

/** Observations of the servers in a span. */
export type Seen = {
  readonly probes: number;
  /** Addresses that were probed at all. */
  readonly addresses: number;
  /** Times between two probes of one address, in milliseconds. */
  readonly gaps: Summary;
};

export type ProbeServers = {
  /** Discards the observations so far. */
  readonly begin: () => void;
  readonly seen: () => Promise<Seen>;
  readonly stop: () => void;
};

export const probedPort = 8080;

/** `count` addresses of servers on their own host. */
export const loopbackAddresses = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `127.${1 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`);

/** The servers run in their own process, so that their cost is not the prober's. */
const serve = async (kind: ServerKind): Promise<void> => {
  const last = new Map<string, number>();
  let gaps: number[] = [];
  let probes = 0;
  const note = ({ localAddress = '' }: Socket): void => {
    const now = performance.now();
    const before = last.get(localAddress);
    if (before !== undefined) gaps.push(now - before);
    last.set(localAddress, now);
    probes += 1;
  };
  const server =
    kind === 'tcp'
      ? createServer((socket) => socket.resume().on('error', () => {})).on('connection', note)
      : createHttpServer((request, response) => {
          note(request.socket);
          response.end('ok');
        });
  await new Promise<void>((resolve) => server.listen({ port: probedPort, host: '0.0.0.0', backlog: 4096 }, resolve));
  createInterface({ input: process.stdin })
    .on('line', (line) => {
      if (line === 'seen')
        process.stdout.write(`${JSON.stringify({ probes, addresses: last.size, gaps: summarize(gaps) })}\n`);
      last.clear();
      gaps = [];
      probes = 0;
    })
    .on('close', () => process.exit());
  process.stdout.write('up\n');
};

const program = fileURLToPath(import.meta.url);

export const startServers = async (kind: ServerKind, namespace?: Namespace): Promise<ProbeServers> => {
  const inside = namespace === undefined ? [] : ['ip', 'netns', 'exec', namespace.name];
  const [command = '', ...args] = [...inside, process.execPath, program, kind];
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  await once(lines, 'line');
  return {
    begin: () => void child.stdin.write('begin\n'),
    seen: async () => {
      const answer = once(lines, 'line');
      child.stdin.write('seen\n');
      const [line] = await answer;
      // JSON has no NaN, the value of figures without any gap.
      return JSON.parse(String(line), (_, value) => value ?? Number.NaN) as Seen;
    },
    stop: () => child.stdin.end(),
  };
};

if (process.argv[1] === program) await serve(process.argv[2] === 'http' ? 'http' : 'tcp');
