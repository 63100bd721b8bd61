// Keep-alive connections and a long download outlive a server's drain and removal, a handover, a silent cut of the first
// director, its return from the cut, and its return from a power failure with nothing in its kernel.

import assert from 'node:assert/strict';
import { removeNamespaces, until } from '../../netns/namespaces.ts';
import { extent } from '../../prove/extent.ts';
import { patience } from '../controller/running-director.ts';
import { type Answers, openPairNetwork, type PairNetwork } from './pair-network.ts';

const first = extent(200, 30);
const later = extent(60, 9);
const isLong = extent(1, 0) === 1;

const server = (name: 'rs0' | 'rs1') => ({ name, address: `192.168.66.${name === 'rs0' ? 111 : 112}:80` });
const both = { drain_timeout: '10m', real_servers: [server('rs0'), server('rs1')] };
const alone = { ...both, real_servers: [server('rs1')] };

describe('established connections', function () {
  this.timeout(4 * patience);
  let network: PairNetwork;
  let downloaded = 0;

  /** Asks until the download goes on: TCP waits ever longer between the segments that an outage swallowed. */
  const intact = async (command: 'ask' | 'end'): Promise<Answers> => {
    const answers = await network.client(command);
    let { download } = answers;
    const end = performance.now() + patience;
    while (download.bytes <= downloaded && performance.now() < end) ({ download } = await network.client('ask'));
    assert.deepEqual(answers.ended, []);
    assert.equal(answers.answered, answers.asked);
    assert.equal(download.isOver, false);
    assert.ok(download.bytes > downloaded, 'the download stands still');
    downloaded = download.bytes;
    return answers;
  };
  const established = (name: 'lb0' | 'lb1'): number => network.ipvs(name, '-c').split('ESTABLISHED').length - 1;
  const moved = (name: 'lb0' | 'lb1'): Promise<void> =>
    until(`${name} rules alone`, () => network.holds(name) && !network.holds(name === 'lb0' ? 'lb1' : 'lb0'), patience);
  const isSaid = (name: 'lb0' | 'lb1', pattern: RegExp): boolean =>
    network.log(name).some(({ message }) => pattern.test(message));

  before(async () => {
    network = await openPairNetwork({ interface: 'enp0s8', sync_id: 51 });
    await Promise.all([network.start('lb0', both), network.start('lb1', both)]);
    await moved('lb0');
    await until('both servers serve', () => network.ipvs('lb0').split(/Masq +1 /).length === 3, patience);
    const { answered, asked, by } = await network.client(`open ${first}`);
    assert.equal(answered, asked);
    assert.deepEqual(Object.keys(by).sort(), ['rs0', 'rs1']);
    downloaded = (await network.client('download')).download.bytes;
    // The kernel gathers what it tells of connections: one that began within the last moments may be lost with its director.
    await until('lb1 was told of all', () => established('lb1') >= first + 1, patience);
  });
  afterEach(function () {
    if (this.currentTest?.state !== 'failed') return;
    for (const name of ['lb0', 'lb1'] as const)
      for (const line of network.log(name)) console.error(`${name} ${JSON.stringify(line)}`);
  });
  after(() => {
    network?.close();
    removeNamespaces();
  });

  if (isLong) {
    it('go on while rs0 is drained, and removed from the configuration', async () => {
      network.regent('lb0', 'drain', 'rs0');
      await until('lb0 drains', () => /66\.111:80 +Masq +0 /.test(network.ipvs('lb0')), patience);
      const during = await intact('ask');
      assert.ok((during.by.rs0 ?? 0) > 0);
      for (const name of ['lb0', 'lb1'] as const) {
        network.configure(name, alone);
        network.regent(name, 'reload');
      }
      const added = await network.client(`open ${later}`);
      assert.deepEqual([added.answered, added.by], [added.asked, { rs1: added.asked }]);
      await intact('ask');
      assert.ok(isSaid('lb0', /rs0|drains \(drained by command\): \d+ connections may finish/));
    });

    it('go on when lb0 is handed over, and when it is resumed', async () => {
      network.regent('lb0', 'handover');
      await moved('lb1');
      await intact('ask');
      network.regent('lb0', 'resume');
      await moved('lb0');
      await intact('ask');
    });
  }

  it('go on when lb0 is cut off silently', async () => {
    network.cut('lb0');
    await until('lb1 rules', () => network.holds('lb1'), patience);
    await intact('ask');
    const added = await network.client(`open ${later}`);
    assert.equal(added.answered, added.asked);
  });

  it('go on when lb0 is back from the cut, those too that it has not seen', async () => {
    network.mend('lb0');
    await moved('lb0');
    await intact('ask');
  });

  it('go on when lb0 loses its power, and when it is back with an empty kernel', async () => {
    network.replace('lb0');
    await until('lb1 rules', () => network.holds('lb1'), patience);
    await intact('ask');
    await network.start('lb0', isLong ? alone : both);
    await moved('lb0');
    assert.ok(isSaid('lb0', /the established connections of its peers are known: \d+ of lb1; it may preempt/));
    await intact('ask');
  });

  it('go on to the end, those too that were silent all the time', async () => {
    const answers = await intact('end');
    assert.equal(answers.asked, first + (isLong ? 2 : 1) * later);
  });

  it('are broken by a cut when they began without synchronisation', async () => {
    for (const name of ['lb0', 'lb1'] as const) {
      network.configure(name, isLong ? alone : both, false);
      network.regent(name, 'reload');
      await until(`${name} synchronises no more`, () => network.ipvs(name, '--daemon').trim() === '', patience);
    }
    const added = await network.client(`open ${later}`);
    assert.equal(added.answered, added.asked);
    network.cut('lb0');
    await until('lb1 rules', () => network.holds('lb1'), patience);
    const { asked, answered, ended } = await network.client('ask');
    assert.deepEqual(
      ended.map((one) => one.replace(/^\w+ /, '')),
      Array(added.asked).fill('ECONNRESET'),
    );
    assert.equal(answered, asked - added.asked);
  });
});
