// Deliveries to a real script, a real web server and a real FIFO.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createGroupStarter } from '../../../../base/process-group.ts';
import { fifoDelivery } from '../../../../controller/notifications/fifo.ts';
import type { Notification } from '../../../../controller/notifications/notification.ts';
import { scriptDelivery } from '../../../../controller/notifications/script.ts';
import { webhookDelivery } from '../../../../controller/notifications/webhook.ts';

const startGroup = createGroupStarter();

const notification: Notification = {
  director: 'lb0',
  subject: 'router',
  name: 'vip',
  state: 'master',
  reason: 'because',
  at: 0,
  priority: 150,
};

describe('a delivery', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync('/run/regent-deliveries-');
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const script = (text: string): string => {
    const path = join(folder, 'script');
    writeFileSync(path, `#!/bin/sh\n${text}\n`);
    chmodSync(path, 0o755);
    return path;
  };

  it('to a script has the arguments and the facts in its environment, and no other', async () => {
    const path = script(`echo "$1 $REGENT_SUBJECT $REGENT_NAME $REGENT_STATE $HOME" > ${folder}/out`);
    await scriptDelivery(startGroup, [path, 'word'], 5000)(notification);
    assert.equal(readFileSync(join(folder, 'out'), 'utf8'), 'word router vip master \n');
  });
  it('to a script that fails is an error with its words', () =>
    assert.rejects(
      scriptDelivery(startGroup, [script('echo no such pager >&2; exit 3')], 5000)(notification),
      /ended with 3: no such pager/,
    ));
  it('to a script that hangs ends its whole process group', async () => {
    const path = script(`sleep 100 & echo $! > ${folder}/pid; wait`);
    await assert.rejects(scriptDelivery(startGroup, [path], 300)(notification), /was killed after 300 ms/);
    const pid = readFileSync(join(folder, 'pid'), 'utf8').trim();
    // Whoever adopts it may not have taken its exit status yet.
    const isGone = !existsSync(`/proc/${pid}`) || readFileSync(`/proc/${pid}/cmdline`, 'utf8') === '';
    assert.ok(isGone, 'the child of the script lives');
  });
  for (const [why, spoil] of [
    ['is writable by its group', (path: string) => chmodSync(path, 0o775)],
    ['is writable by everybody', (path: string) => chmodSync(path, 0o757)],
    ['lies in a folder that everybody may write', () => chmodSync(folder, 0o777)],
    ['belongs to somebody else', (path: string) => execFileSync('chown', ['nobody', path])],
    ['is not executable', (path: string) => chmodSync(path, 0o644)],
  ] as const)
    it(`runs no script that ${why}`, async () => {
      const path = script('exit 0');
      await scriptDelivery(startGroup, [path], 5000)(notification);
      spoil(path);
      await assert.rejects(scriptDelivery(startGroup, [path], 5000)(notification), /is not run/);
    });

  const withServer = async (status: number, act: (url: string) => Promise<void>): Promise<string[]> => {
    const seen: string[] = [];
    const server = createServer(async (incoming, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
      seen.push(`${incoming.method} ${incoming.headers['x-key']} ${Buffer.concat(chunks)}`);
      if (status > 0) response.writeHead(status).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      await act(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`);
    } finally {
      server.closeAllConnections();
      server.close();
    }
    return seen;
  };

  it('to a webhook is a POST of its JSON', async () => {
    const seen = await withServer(204, (url) => webhookDelivery(url, { 'x-key': 'k' }, 5000)(notification));
    assert.deepEqual(seen, [`POST k ${JSON.stringify(notification)}`]);
  });
  it('to a webhook that refuses is an error', () =>
    withServer(500, (url) => assert.rejects(webhookDelivery(url, {}, 5000)(notification), /answered 500/)));
  it('to a webhook that hangs is an error in time', () =>
    withServer(0, (url) =>
      assert.rejects(webhookDelivery(url, {}, 200)(notification), /127\.0\.0\.1:\d+ gave no answer in time/),
    ));
  it('to a webhook that is not there is an error with its cause', () =>
    assert.rejects(webhookDelivery('http://127.0.0.1:1/', {}, 5000)(notification), /ECONNREFUSED/));
  it('to a webhook sends the user of its address, and header fields of any spelling once', async () => {
    const seen: string[] = [];
    const server = createServer(({ headers }, response) => {
      seen.push(`${headers.authorization} ${headers['content-type']} ${headers.host}`);
      response.writeHead(403).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://me:secret@127.0.0.1:${(server.address() as AddressInfo).port}/hook/secret?token=secret`;
    const headers = { 'Content-Type': 'text/plain', Host: 'pager.example' };
    await assert.rejects(webhookDelivery(url, headers, 5000)(notification), (error: Error) => {
      assert.match(error.message, /answered 403/);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
    server.close();
    assert.deepEqual(seen, [`Basic ${btoa('me:secret')} text/plain pager.example`]);
  });

  it('to a FIFO is the line of keepalived, and an error while nobody reads', async () => {
    const path = join(folder, 'fifo');
    const deliver = fifoDelivery(path);
    await assert.rejects(deliver(notification), /no program reads/);
    const reader = spawn('cat', [path], { stdio: ['ignore', 'pipe', 'ignore'] });
    let text = '';
    reader.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    for (let tried = 0; tried < 100; tried++) {
      const isDone = await deliver(notification).then(
        () => true,
        () => new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 20)),
      );
      if (isDone) break;
    }
    await once(reader, 'close');
    assert.equal(text, 'INSTANCE "vip" MASTER 150\n');
  });
  it('to what exists and is not a FIFO is an error', () =>
    assert.rejects(fifoDelivery(script(''))(notification), /exists and is not a FIFO/));
});
