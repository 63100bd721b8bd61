// An hour of noise on the network: 100,000 packets a second of VRRP, ARP and UDP from random sources move nothing, delay no
// advertisement and stay in no memory. A machine that makes fewer says so.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { askStatus } from '../netns/controller/operated-director.ts';
import { until } from '../netns/namespaces.ts';
import { onBridge, openBridged } from '../netns/vrrp/bridged.ts';
import { type Host, pidOf, type RouterKeys, sleep, startDirector } from '../netns/vrrp/hosts.ts';
import { startNoise } from '../netns/vrrp/noise.ts';
import { extent } from './extent.ts';

const seconds = extent(3600, 5);

/** What is noise cannot be told from what another router sends where nothing is signed. */
const signed = ({ directory }: Host): RouterKeys => {
  const keyFile = join(directory, 'vrrp.key');
  writeFileSync(keyFile, '1 0123456789abcdef0123456789abcdef\n', { mode: 0o600 });
  return { authentication: { type: 'hmac', key_file: keyFile } };
};

/** In MiB. */
const memoryOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

/** Advertisements sent and heard, and how late the latest was, in milliseconds. */
const countsOf = async (host: Host) => {
  const { sent = 0, received = 0, worstLateness = 0 } = (await askStatus(host))?.routers[0] ?? {};
  return { sent, received, worstLateness };
};

describe(`noise for ${seconds} s`, function () {
  this.timeout((seconds + 240) * 1000);

  it('moves nothing, delays no advertisement and stays in no memory', () =>
    onBridge(openBridged(), async ({ hosts: [lb0, lb1], wire }) => {
      startDirector(lb0, 150, signed(lb0));
      await until('lb0 is master', () => lb0.holds(), 60_000);
      startDirector(lb1, 100, signed(lb1));
      await until('lb1 hears', () => /the master is/.test(lb1.log()), 60_000);
      const pids = [pidOf(lb0, 'vrrp'), pidOf(lb1, 'vrrp')];
      const noise = startNoise(wire, 'br0');
      await sleep(3000);
      const before = { memory: pids.map(memoryOf), master: await countsOf(lb0), backup: await countsOf(lb1) };
      const end = performance.now() + seconds * 1000;
      for (let now = performance.now(); now < end; now = performance.now()) {
        assert.deepEqual([lb0.holds(), lb1.holds()], [true, false]);
        await sleep(Math.min(50, end - now));
      }
      const after = { memory: pids.map(memoryOf), master: await countsOf(lb0), backup: await countsOf(lb1) };
      const rate = await noise.stop();
      const sent = after.master.sent - before.master.sent;
      const heard = after.backup.received - before.backup.received;
      const grown = after.memory.map((memory, index) => memory - (before.memory[index] ?? 0));
      console.log(
        `      ${Math.round(rate)} packets a second: ${sent} advertisements sent, ${heard} heard, ` +
          `${after.master.worstLateness.toFixed(1)} ms late at worst, memory ${grown.map((one) => one.toFixed(1)).join(' and ')} MiB more`,
      );
      assert.ok(sent >= seconds - 1, `${sent} sent`);
      // One in a thousand may be lost in a socket's queue: three in a row would have to be.
      assert.ok(heard >= 0.999 * sent - 1, `${heard} of ${sent} heard`);
      for (const more of grown) assert.ok(more < 40, `${more} MiB more`);
      // Eight lines at once and one every two seconds, of a reason and of other masters, however many sources there are.
      for (const host of [lb0, lb1]) {
        const lines = host.log().split('\n');
        const ofMasters = lines.filter((line) => /"type":"split-brain"/.test(line)).length;
        assert.ok(ofMasters <= 30 + seconds, `${ofMasters} reports of other masters`);
        assert.ok(lines.length <= 500 + 10 * seconds, `${lines.length} lines`);
      }
      assert.deepEqual([lb0.holds(), lb1.holds()], [true, false]);
    }));
});
