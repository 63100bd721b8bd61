// Real servers that an operator adds and removes by command, on a pair: in the kernel, on the peer, over restarts and reloads.

import assert from 'node:assert/strict';
import { askStatus, regent } from '../../netns/controller/operated-director.ts';
import { until } from '../../netns/namespaces.ts';
import type { Host } from '../../netns/vrrp/hosts.ts';
import { type OperatedPair, openPair, paired, patience, realServer, showFailure } from './operated-pair.ts';

const added = '192.168.66.113:80';

describe('a real server by command', function () {
  this.timeout(4 * patience);
  let pair: OperatedPair | undefined;
  const directors = (): readonly [Host, Host] => paired(pair).hosts;
  const has = async (host: Host, address: string): Promise<boolean> =>
    (await askStatus(host))?.services[0]?.servers.some((one) => one.address === address) ?? false;
  /** The kernel's own list, with addresses in hexadecimal. */
  const tableOf = (host: Host): string => host.namespace.run('cat', '/proc/net/ip_vs');
  const hex = (last: number): RegExp => new RegExp(`C0A842${last.toString(16)}:0050`, 'i');
  const weightIn = async (host: Host, address: string): Promise<number | undefined> =>
    (await askStatus(host))?.services[0]?.servers.find((one) => one.address === address)?.weight;
  const answersOf = (address: string): number =>
    paired(pair).answers.filter((answer) => address.startsWith(`${answer}:`)).length;
  const logged = (host: Host, words: RegExp): Promise<void> =>
    until(`the log says ${words}`, () => words.test(host.log()), patience);
  /** The directors compare what they have every second. */
  const isQuiet = (host: Host): Promise<void> =>
    until('nothing is warned of', async () => (await askStatus(host))?.warnings.length === 0, patience);
  const done = (host: Host, ...words: string[]): string => {
    const { code, out } = regent(host, ...words);
    assert.equal(code, 0, out);
    return out;
  };

  before(async () => {
    pair = await openPair(3);
  });
  after(async function () {
    showFailure(this.test?.parent, pair);
    await pair?.close();
  });

  it('that is added takes connections on both directors', async () => {
    const [first, second] = directors();
    assert.match(done(first, 'server', 'add', 'web', '192.168.66.113', '--weight', '50'), /added by command/);
    for (const host of [first, second])
      await until('the kernel has it', async () => (await weightIn(host, added)) === 50, patience);
    await until('it answers', () => answersOf(added) > 3, patience);
    await logged(second, /by command on lb0, received from lb0: added to web, weight 50/);
    assert.match(done(first, 'status'), /added by command on lb0, not in the file/);
    assert.match(
      done(second, 'plan', '-c', `${second.directory}/regent.yaml`),
      /by command: real server 192\.168\.66\.113:80 of web is added by command on lb0; the file does not name it/,
    );
    await isQuiet(second);
  });

  it('is drained and weighed as all others', async () => {
    const [first, second] = directors();
    done(second, 'weight', added, '9');
    await until('the kernel has the weight', async () => (await weightIn(first, added)) === 9, patience);
    done(second, 'weight', added, 'configured');
    await until('the kernel has its own', async () => (await weightIn(first, added)) === 50, patience);
  });

  for (const [words, why] of [
    [['add', 'wbe', added], /There is no service wbe \(did you mean "web"\?\)/],
    [['add', 'web', added], /web has 192\.168\.66\.113:80 already, added by command on lb0/],
    [['add', 'web', '192.168.66.111'], /web has 192\.168\.66\.111:80 already, as the file says/],
    [['add', 'web', '[fd00::1]:80'], /only tunnel can change it/],
    [['add', 'web', 'rs9'], /expected an address and a port/],
    [['add', 'web', '192.168.66.9', '--forwarding', 'direct'], /snat needs masq/],
    [['add', 'web', '192.168.66.9', '--name', 'rs0'], /real server name "rs0" is used twice/],
    [['add', 'web', '192.168.66.9', '--weight', '70000'], /weight|65535/],
    [['remove', 'web', 'rs9'], /There is no real server of web named rs9/],
    [['remove', 'wbe', 'rs0'], /There is no service wbe/],
  ] as const)
    it(`is refused: ${words.join(' ')}`, () => {
      const [first] = directors();
      const { code, out } = regent(first, 'server', ...words);
      assert.deepEqual([code, why.test(out)], [1, true], out);
    });

  it('outlives a reload of both, a restart of the controller, and a stop', async () => {
    const [first, second] = directors();
    for (const host of [first, second]) assert.match(done(host, 'reload'), /^nothing changes\nby command: real server/);
    const { stop, start } = paired(pair);
    await stop(first, 'SIGUSR2');
    assert.match(tableOf(first), hex(113));
    await start(first);
    assert.equal(await weightIn(first, added), 50);
    await stop(second);
    await start(second);
    await until('the kernel has it', async () => (await weightIn(second, added)) === 50, patience);
  });

  it('that is removed while the peer is away leaves the peer when it is back', async () => {
    const [first, second] = directors();
    const { stop, start } = paired(pair);
    await stop(second);
    done(first, 'server', 'remove', 'web', added);
    await until('it has left the table', () => !hex(113).test(tableOf(first)), patience);
    await start(second);
    await until('the peer is told', async () => !(await has(second, added)), patience);
    paired(pair).answers.length = 0;
    // What it answered before may still be on its way.
    await until('the others answer', () => paired(pair).answers.length > 20, patience);
    paired(pair).answers.length = 0;
    await until('the others answer', () => paired(pair).answers.length > 20, patience);
    assert.equal(answersOf(added), 0);
    await isQuiet(first);
  });

  it('of the file is removed and added again, with its settings of the file', async () => {
    const [first, second] = directors();
    done(second, 'server', 'remove', 'web', 'rs1');
    for (const host of [first, second])
      await until('it has left the table', () => !hex(112).test(tableOf(host)), patience);
    assert.match(done(first, 'status'), /192\.168\.66\.112:80 removed by command on lb1, still in the file/);
    assert.match(done(first, 'reload'), /is removed by command on lb1; the file still names it/);
    const { code, out } = regent(first, 'server', 'add', 'web', '192.168.66.112', '--weight', '3');
    assert.deepEqual([code, /names 192\.168\.66\.112:80 with its own settings/.test(out)], [1, true], out);
    done(first, 'server', 'add', 'web', '192.168.66.112');
    for (const host of [first, second])
      await until('it is back', async () => (await weightIn(host, '192.168.66.112:80')) === 100, patience);
    assert.doesNotMatch(done(first, 'status'), /by command/);
  });

  it('is forgotten by a director whose file names it, and stays until the other file does', async () => {
    const [first, second] = directors();
    done(first, 'server', 'add', 'web', added, '--weight', '50');
    await until('both have it', async () => (await weightIn(second, added)) === 50, patience);
    const named = [realServer(0), realServer(1), realServer(2, { weight: 70 })];
    paired(pair).write(first, named);
    assert.doesNotMatch(done(first, 'reload'), /by command/);
    await logged(
      first,
      /added to web, weight 50 by command on lb0: the file says the same now, so the command is forgotten/,
    );
    await until('the weight of the file counts', async () => (await weightIn(first, added)) === 70, patience);
    assert.equal(await weightIn(second, added), 50);
    // The file alone counts now: what it no longer names is gone.
    paired(pair).write(first);
    done(first, 'reload');
    assert.equal(await has(first, added), false);
    assert.equal(await has(second, added), true);
    paired(pair).write(second, named);
    done(second, 'reload');
    await until('the weight of the file counts', async () => (await weightIn(second, added)) === 70, patience);
    paired(pair).write(second);
    done(second, 'reload');
    assert.equal(await has(second, added), false);
  });

  it('that the changed configuration forbids is left out, and said', async () => {
    const [first, second] = directors();
    const late = '192.168.66.115:80';
    done(first, 'server', 'add', 'web', late, '--name', 'rs2');
    await until('both have it', async () => has(second, late), patience);
    const other = { name: 'rs2', address: '192.168.66.114:80', weight: 0 };
    paired(pair).write(first, [realServer(0), realServer(1), other]);
    const words = /which has no effect: real server name "rs2" is used twice/;
    assert.match(done(first, 'reload'), words);
    assert.match((await askStatus(first))?.warnings.join('\n') ?? '', words);
    await logged(first, words);
    assert.deepEqual([await has(first, late), await has(second, late)], [false, true]);
    done(first, 'server', 'remove', 'web', late);
    assert.doesNotMatch((await askStatus(first))?.warnings.join('\n') ?? '', words);
    await until('the peer has not', async () => !(await has(second, late)), patience);
  });
});
