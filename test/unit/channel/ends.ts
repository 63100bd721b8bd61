// Both ends of a channel on real Unix sockets, for a `describe` of tests: made anew for each, and closed after it.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Channel, ChannelHandlers, ChannelOptions } from '../../../channel/channel.ts';
import { type ConnectOptions, connectChannel } from '../../../channel/connect.ts';
import { listenChannel } from '../../../channel/listen.ts';

export type Message = { readonly type?: 'count'; readonly n: number; readonly filler?: string };

export const quick: ChannelOptions<Message> = { beatEvery: 20, silentAfter: 60 };

/** Records what a channel calls as words: `connect`, `1`, `closed`, `silence`, `resume`. */
const createRecorder = () => {
  const seen: string[] = [];
  const handlers: ChannelHandlers<Message> = {
    onConnect: () => seen.push('connect'),
    onMessage: (message) => seen.push(String(message.n)),
    onDisconnect: (why) => seen.push(why.reason),
    onRefusal: (text) => seen.push(text),
    onSilence: () => seen.push('silence'),
    onResume: () => seen.push('resume'),
  };
  const until = async (word: string, count = 1): Promise<void> => {
    const deadline = performance.now() + 3000;
    while (seen.filter((one) => one === word).length < count) {
      if (performance.now() > deadline) assert.fail(`no ${count} x ${word} in: ${seen.join(' ')}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  return { seen, handlers, until };
};

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** To be called in a `describe`. */
export const useEnds = () => {
  let folder = '';
  let path = '';
  let ends: Channel<Message>[] = [];
  let children: ChildProcess[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'regent-channel-'));
    path = join(folder, 'child.sock');
    ends = [];
    children = [];
  });
  afterEach(async () => {
    for (const end of ends) end.close();
    for (const child of children) child.kill('SIGKILL');
    await rm(folder, { recursive: true });
  });

  const listen = async (options = quick) => {
    const recorder = createRecorder();
    const channel = await listenChannel<Message, Message>(path, recorder.handlers, options);
    ends.push(channel);
    return { ...recorder, channel };
  };
  const call = (options: ConnectOptions<Message> = quick) => {
    const recorder = createRecorder();
    const channel = connectChannel<Message, Message>(path, recorder.handlers, options);
    ends.push(channel);
    return { ...recorder, channel };
  };
  const spawnPeer = async (role: 'listen' | 'farewell' | 'connect'): Promise<ChildProcess> => {
    const child = spawn(process.execPath, [fileURLToPath(new URL('./peer.js', import.meta.url)), role, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    if (child.stdout !== null) await once(child.stdout, 'data');
    return child;
  };

  return { path: () => path, keep: (end: Channel<Message>) => void ends.push(end), listen, call, spawnPeer };
};
