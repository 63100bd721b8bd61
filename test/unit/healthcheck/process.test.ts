// The process end to end: spawned, configured through its socket, ended in every way it may end.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { milliseconds } from '../../../base/units.ts';
import type { Channel } from '../../../channel/channel.ts';
import { connectChannel } from '../../../channel/connect.ts';
import type { FromHealthcheck, Target, ToHealthcheck } from '../../../healthcheck/messages.ts';
import { ip } from '../../../net/ip-address.ts';

const program = fileURLToPath(new URL('../../../healthcheck/process.js', import.meta.url));
const check = { type: 'tcp', interval: milliseconds(50), timeout: milliseconds(500), rise: 2, fall: 2 } as const;

describe('healthcheck process', () => {
  let folder = '';
  let path = '';
  let children: ChildProcess[] = [];
  let channels: Channel<ToHealthcheck>[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'regent-healthcheck-'));
    path = join(folder, 'healthcheck.sock');
    children = [];
    channels = [];
  });
  afterEach(async () => {
    for (const channel of channels) channel.close();
    for (const child of children) child.kill('SIGKILL');
    await rm(folder, { recursive: true });
  });

  const start = (...args: string[]): ChildProcess => {
    const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'inherit', 'ignore'] });
    children.push(child);
    return child;
  };

  const call = async () => {
    const heard: FromHealthcheck[] = [];
    const channel = await new Promise<Channel<ToHealthcheck>>((resolve) => {
      const made = connectChannel<FromHealthcheck, ToHealthcheck>(path, {
        onConnect: () => resolve(made),
        onMessage: (message) => heard.push(message),
      });
      channels.push(made);
    });
    const until = async (text: string): Promise<void> => {
      const deadline = performance.now() + 3000;
      const hasCome = () =>
        heard.some((one) => one.type === 'verdict' && `${one.target} ${one.health}: ${one.reason}` === text);
      while (!hasCome()) {
        if (performance.now() > deadline) assert.fail(`no "${text}" in ${JSON.stringify(heard)}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    return { channel, until, heard };
  };

  it('follows a server up, down, and tells a second controller what it knows', async () => {
    const server = createServer((socket) => socket.on('error', () => {}));
    server.listen(0, ip('127.0.0.1'));
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const targets: Target[] = [{ id: 'web', endpoint: { address: ip('127.0.0.1'), port }, check }];
    const child = start(path);
    const first = await call();
    first.channel.send({ type: 'configure', targets });
    await first.until('web up: the first probe succeeded');
    server.close();
    await first.until('web down: 2 failures in a row: connection refused');
    first.channel.close();
    const second = await call();
    second.channel.send({ type: 'configure', targets });
    await second.until('web down: 2 failures in a row: connection refused');
    second.channel.send({ type: 'stop' });
    assert.deepEqual(await once(child, 'exit'), [0, null]);
  });

  it('probes a thousand servers with a hundred and fifty descriptors, and never runs out of them', async () => {
    const server = createServer((socket) => socket.on('error', () => {}));
    server.listen(0, ip('0.0.0.0'));
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const targets: Target[] = Array.from({ length: 1000 }, (_, index) => {
      const address = ip(`127.0.${index >> 8}.${index & 255}`);
      return {
        id: address,
        endpoint: { address, port },
        check: { ...check, interval: milliseconds(300), timeout: milliseconds(10_000) },
      };
    });
    const child = spawn('/bin/sh', ['-c', `ulimit -n 150; exec "$0" "$@"`, process.execPath, program, path], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    children.push(child);
    const { channel, heard } = await call();
    channel.send({ type: 'configure', targets });
    const isUp = (): boolean => heard.filter((one) => one.type === 'verdict' && one.health === 'up').length >= 1000;
    for (let wait = 0; wait < 1500 && !isUp(); wait += 1) await new Promise((resolve) => setTimeout(resolve, 10));
    await new Promise((resolve) => setTimeout(resolve, 700));
    assert.ok(isUp());
    assert.deepEqual(
      heard.filter((one) => one.type === 'local-fault' || (one.type === 'verdict' && one.health !== 'up')),
      [],
    );
    server.close();
  });

  it('ignores SIGINT and ends on SIGTERM', async () => {
    const child = start(path);
    const exit = once(child, 'exit');
    await call();
    child.kill('SIGINT');
    const early = await Promise.race([exit, new Promise((resolve) => setTimeout(resolve, 100, 'alive'))]);
    assert.equal(early, 'alive');
    child.kill('SIGTERM');
    assert.deepEqual(await exit, [0, null]);
  });

  it('ends when no controller ever comes', async () => {
    assert.deepEqual(await once(start(path, 'build', '100'), 'exit'), [0, null]);
  });

  it('ends when its controller went, not while it is there', async () => {
    const child = start(path, 'build', '300');
    const exit = once(child, 'exit');
    const { channel } = await call();
    const early = await Promise.race([exit, new Promise((resolve) => setTimeout(resolve, 600, 'alive'))]);
    assert.equal(early, 'alive');
    channel.close();
    assert.deepEqual(await exit, [0, null]);
  });

  it('ends with 1 when it cannot listen', async () => {
    assert.deepEqual(await once(start(join(folder, 'missing', 'x.sock')), 'exit'), [1, null]);
  });
});
