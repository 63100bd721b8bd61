// A drain that was given to one director holds on the other, which takes over when the first is cut off.

import assert from 'node:assert/strict';
import { askStatus, regent } from '../../netns/controller/operated-director.ts';
import { until } from '../../netns/namespaces.ts';
import { type Host, logs, sleep } from '../../netns/vrrp/hosts.ts';
import { extent } from '../../prove/extent.ts';
import { type OperatedPair, openPair, paired, patience, showFailure } from './operated-pair.ts';

const watched = extent(60_000, 10_000);

describe('a drain', function () {
  this.timeout(4 * patience + watched);
  let pair: OperatedPair | undefined;
  const directors = (): readonly [Host, Host] => paired(pair).hosts;
  const isDrainedOn = async (host: Host): Promise<boolean> =>
    (await askStatus(host))?.services[0]?.servers.some(({ name, drained }) => name === 'rs0' && drained) ?? false;

  before(async () => {
    pair = await openPair();
  });
  after(async function () {
    showFailure(this.test?.parent, pair);
    await pair?.close();
  });

  it('given to lb0 is known to lb1', async () => {
    const [first, second] = directors();
    assert.equal(regent(first, 'drain', 'rs0', '--until-idle', '--max', '1m').code, 0);
    await until('lb1 drains it too', () => isDrainedOn(second), 10_000);
    await logs(second, /by command on lb0, received from lb0: drained/);
  });

  it(`holds for ${watched / 1000} s after lb0 was cut off, while rs1 answers`, async () => {
    const [first, second] = directors();
    const { answers } = paired(pair);
    answers.length = 0;
    first.namespace.run('ip', 'link', 'set', 'enp0s8', 'down');
    await sleep(watched);
    const answersOf = (address: string): number => answers.filter((answer) => answer === address).length;
    await until('rs1 answers', () => answersOf('192.168.66.112') > extent(20, 5), patience);
    assert.equal(answersOf('192.168.66.111'), 0);
    assert.match(regent(second, 'status').out, /192\.168\.66\.11:8550\s+not reached/);
    assert.match(regent(second, 'health').out, /does not have the latest commands/);
  });

  it('ended on lb1 ends on lb0 once the two can speak again', async () => {
    const [first, second] = directors();
    assert.equal(regent(second, 'undrain', 'rs0').code, 0);
    await until('rs0 answers again', () => paired(pair).answers.includes('192.168.66.111'), patience);
    assert.ok(await isDrainedOn(first));
    first.namespace.run('ip', 'link', 'set', 'enp0s8', 'up');
    await until('lb0 is told', async () => !(await isDrainedOn(first)), patience);
  });

  it('gives way to a weight, which outlives a reload and is taken back', async () => {
    const [first] = directors();
    assert.equal(regent(first, 'weight', 'rs1', '50').code, 0);
    const weightOf = async (): Promise<number | undefined> =>
      (await askStatus(first))?.services[0]?.servers.find(({ name }) => name === 'rs1')?.weight;
    await until('the kernel has the weight', async () => (await weightOf()) === 50, patience);
    assert.equal(regent(first, 'reload').code, 0);
    await until('the director answers', async () => (await weightOf()) !== undefined, patience);
    assert.equal(await weightOf(), 50);
    assert.equal(regent(first, 'weight', 'rs1', 'configured').code, 0);
    await until('the kernel has the configured one', async () => (await weightOf()) === 100, patience);
  });
});
