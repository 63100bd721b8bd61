// No reset on a real network: who connects to what nobody knows waits while the rules stand, and is refused without them.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { takeoverRuleset, takeoverTable } from '../../../kernel/takeover-rules.ts';
import { connect, createNamespace, type Namespace, removeNamespaces } from '../namespaces.ts';

const [four, six] = ['192.168.55.100', 'fd00:55::100'];

describe('without resets for unknown connections', () => {
  let own: Namespace;
  let client: Namespace;
  before(() => {
    own = createNamespace('own');
    client = createNamespace('cl');
    connect(
      { namespace: own, interface: 'enp0s9', addresses: ['192.168.55.11/24', `${four}/32`] },
      { namespace: client, interface: 'enp0s9', addresses: ['192.168.55.200/24'] },
    );
    own.run('ip', 'address', 'add', `${six}/64`, 'dev', 'enp0s9', 'nodad');
    client.run('ip', 'address', 'add', 'fd00:55::200/64', 'dev', 'enp0s9', 'nodad');
  });
  after(removeNamespaces);

  const nft = (ruleset: string): void =>
    void execFileSync('ip', ['netns', 'exec', own.name, 'nft', '-f', '-'], { input: ruleset });
  /** What a client sees within half a second who connects to a port where nobody listens. */
  const attempt = (address: string): string =>
    client
      .run(
        process.execPath,
        '-e',
        `const socket = require('node:net').connect({ host: '${address}', port: 9, autoSelectFamily: false });
       const say = (what) => { console.log(what); process.exit(); };
       socket.on('error', ({ code }) => say(code)).on('connect', () => say('connected'));
       setTimeout(say, 500, 'waits');`,
      )
      .trim();

  for (const address of [four, six])
    it(`a client of ${address} waits, and of another address is refused`, () => {
      nft(takeoverRuleset([address]));
      const others = [four, six, '192.168.55.11'].filter((other) => other !== address);
      assert.equal(attempt(address), 'waits');
      for (const other of others) assert.equal(attempt(other), 'ECONNREFUSED', other);
    });

  it('a client is refused once the table is gone', () => {
    nft(`delete table inet ${takeoverTable}`);
    assert.equal(attempt(four), 'ECONNREFUSED');
  });
});
