// Connections that are dialled: how each ends, over IPv4, IPv6 and from a chosen address, and that none stays behind.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import type { Dialer, Dialled } from '../../../kernel/sockets/dialer.ts';
import { openTcpDialer } from '../../../kernel/sockets/tcp-dialer.ts';
import { type IpAddress, ip } from '../../../net/ip-address.ts';
import { createNamespace, type Namespace, removeNamespaces, until } from '../namespaces.ts';

const mostIdle = 16;
const descriptors = (): number => readdirSync('/proc/self/fd').length;

describe('a dialer of TCP connections', () => {
  let host: Namespace;
  let dialer: Dialer;
  let server: Server;
  const seen: string[] = [];

  before(async () => {
    host = createNamespace('dialer');
    host.run('ip', 'route', 'add', 'local', '10.128.0.0/16', 'dev', 'lo');
    host.run('ip', 'address', 'add', 'fd00::1/128', 'dev', 'lo', 'nodad');
    host.run('ip', 'route', 'add', 'unreachable', '10.9.0.0/16');
    host.run('ip', 'link', 'add', 'wire', 'type', 'veth', 'peer', 'name', 'end');
    for (const name of ['wire', 'end']) host.run('ip', 'link', 'set', name, 'up');
    host.run('ip', 'address', 'add', '10.10.0.1/24', 'dev', 'wire');
    dialer = host.enter(() => openTcpDialer({ mostIdle }));
    // Without a host, so that it listens in this turn, in the namespace.
    server = host.enter(() =>
      createServer((socket) => {
        seen.push(socket.remoteAddress ?? '');
        socket.on('error', () => undefined).resume();
      }).listen({ port: 80, backlog: 4096 }),
    );
    await until('the server listens', () => server.listening);
    // The kernel adds an address of IPv6 before the route to it.
    await until('the address answers', () =>
      host.run('ip', '-6', 'route', 'show', 'table', 'local').includes('fd00::1 '),
    );
  });
  after(() => {
    server?.close();
    removeNamespaces();
  });

  // Some are none.
  const dial = (address: string, port = 80, source?: string): Promise<Dialled> =>
    new Promise((resolve) => {
      host.enter(() => dialer.dial({ address: address as IpAddress, port }, source as IpAddress | undefined, resolve));
    });

  for (const address of ['10.128.0.1', 'fd00::1', '127.0.0.1']) {
    it(`stands: ${address}, with the round trip as the kernel measured it`, async () => {
      const how = await dial(address);
      assert.ok(how.ok, how.ok ? '' : how.error.message);
      assert.ok(how.roundTrip !== undefined && how.roundTrip > 0 && how.roundTrip < 1000, `${how.roundTrip}`);
    });
  }

  it('comes from the address that is asked for', async () => {
    seen.length = 0;
    assert.ok((await dial('10.128.0.1', 80, '10.128.7.7')).ok);
    await until('the server saw it', () => seen.includes('::ffff:10.128.7.7'));
  });

  for (const [what, address, port, source, code] of [
    ['nobody listens', '10.128.0.1', 81, undefined, 'ECONNREFUSED'],
    ['there is no route', '10.9.0.1', 80, undefined, 'EHOSTUNREACH'],
    ['the source is no address of this host', '10.128.0.1', 80, '10.77.0.1', 'EADDRNOTAVAIL'],
    ['the address is none', 'web.example', 80, undefined, 'EINVAL'],
    ['the families differ', '10.128.0.1', 80, 'fd00::1', 'EINVAL'],
  ] as const) {
    it(`fails by the kernel's reason where ${what}`, async () => {
      const how = await dial(address, port, source);
      assert.ok(!how.ok);
      assert.ok([code, 'EAFNOSUPPORT'].includes(how.error.code), how.error.message);
    });
  }

  it('is not heard of once it was ended, and leaves no descriptor', async () => {
    let isHeard = false;
    const own = host.enter(() => openTcpDialer());
    const opened = descriptors();
    const ends = host.enter(() =>
      Array.from({ length: 50 }, () =>
        own.dial({ address: ip('10.10.0.2'), port: 80 }, undefined, () => (isHeard = true)),
      ),
    );
    assert.equal(descriptors(), opened + 50);
    for (const end of ends) end();
    for (const end of ends) end();
    assert.equal(descriptors(), opened);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(isHeard, false);
  });

  it('holds for two thousand at a time, all reset', async () => {
    const before = descriptors();
    const ended = await Promise.all(
      Array.from({ length: 2000 }, (_, index) => dial(`10.128.${index >> 8}.${index & 255}`)),
    );
    assert.equal(ended.filter(({ ok }) => ok).length, 2000);
    await until('the servers have seen the resets', () => descriptors() <= before + 2 * mostIdle);
    for (const state of ['time-wait', 'established', 'syn-sent'])
      assert.doesNotMatch(host.run('ss', '-Htan', 'state', state), /\S/);
  });

  it('uses a socket again, whatever became of the connection before', async () => {
    await dial('10.128.0.1');
    const before = descriptors();
    host.run('ip', 'route', 'add', 'blackhole', '10.8.0.0/16');
    seen.length = 0;
    const sources = Array.from({ length: 40 }, (_, round) => `10.128.8.${round + 1}`);
    for (const source of sources) {
      assert.ok((await dial('10.128.0.1')).ok);
      assert.ok((await dial('10.128.0.3', 80, source)).ok);
      assert.equal((await dial('10.128.0.1', 81)).ok, false);
      assert.equal((await dial('10.8.0.1')).ok, false);
      assert.ok((await dial('fd00::1')).ok);
    }
    await until('all were seen', () => seen.length >= 3 * sources.length);
    // A server that is late does not see the address of a connection that was reset.
    const counts = sources.map((source) => seen.filter((one) => one === `::ffff:${source}`).length);
    assert.ok(Math.max(...counts) <= 1, "a chosen source is no other connection's");
    await until('the server has seen the resets', () => descriptors() <= before + 1);
  });

  it('is in the scope that is asked for', async () => {
    const addressOf = (name: string): string =>
      /inet6 (fe80::[0-9a-f:]+)\//.exec(host.run('ip', '-6', 'address', 'show', 'dev', name))?.[1] ?? '';
    await until('the addresses are no longer tentative', () =>
      ['wire', 'end'].every((name) => !host.run('ip', '-6', 'address', 'show', 'dev', name).includes('tentative')),
    );
    for (const name of ['wire', 'end', 'wire', 'end']) {
      const how = await dial(`${addressOf(name)}%${name}`);
      assert.ok(how.ok, how.ok ? '' : `${name}: ${how.error.message}`);
    }
  });
});
