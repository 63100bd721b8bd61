// A drill over ssh on a pair whose hosts are namespaces, each with a server of ssh: what is seen of them.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Event, parseRecording } from '../../../drill/recording/recording.ts';
import { prefixOf } from '../../../lab/teardown.ts';
import { program } from '../../netns/controller/operated-director.ts';
import { openSshPair, type SshPair } from './ssh-pair.ts';

const patience = 400_000;

const scenario = `drill: mine
client: { get: "http://192.168.55.100/", rate: 10/s, timeout: 2s, established: 2 }
steady: { for: 1s, expect: { failed: "<= 90%" } }
steps:
  - { do: cut, director: lb0, for: 10s }
  - { do: mend, director: lb0, for: 20s }
allow: [cut]
`;

describe('a drill over ssh', function () {
  this.timeout(patience);
  const folder = mkdtempSync(join(tmpdir(), 'regent-drill-ssh-'));
  const file = join(folder, 'mine.yaml');
  const json = join(folder, 'mine.json');
  let pair: SshPair;
  let said = '';

  before(async () => {
    writeFileSync(file, scenario);
    pair = await openSshPair(prefixOf(process.pid));
  });
  after(() => {
    pair?.close();
    rmSync(folder, { recursive: true });
  });

  const start = (): ChildProcess => {
    said = '';
    const env = { ...process.env, PATH: `${pair.path}:${process.env.PATH}` };
    const words = ['drill', file, '--on', 'ssh:lb0,ssh:lb1', '--client', 'ssh:cl0', '--yes', '--json', json];
    const child = spawn(process.execPath, [program, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        said += String(chunk);
      });
    return child;
  };
  it('sees addresses, weights, logs, and the frames that left and that arrived', async () => {
    const [code] = await once(start(), 'exit');
    assert.equal(code, 0, said);
    const [run] = parseRecording(readFileSync(json, 'utf8')).runs;
    assert.ok(run);
    const has = (is: (event: Event) => boolean, what: string) => assert.ok(run.events.some(is), what);
    for (const by of ['lb0', 'lb1']) {
      has((event) => event.type === 'advertisement' && event.by === by && event.router === 51, `VRRP of ${by}`);
      has((event) => event.type === 'arp' && event.by === by && event.address === '192.168.55.100', `ARP of ${by}`);
      has((event) => event.type === 'sent' && event.by === by && event.subject === 'router 51', `sent by ${by}`);
      has((event) => event.type === 'address' && event.by === by && event.held, `addresses of ${by}`);
      has((event) => event.type === 'weight' && event.by === by && event.server === 'rs0', `weights of ${by}`);
      has((event) => event.type === 'log' && event.by === by, `log of ${by}`);
    }
    assert.deepEqual(
      run.takeovers.slice(0, 2).map(({ from, to }) => `${from} ${to}`),
      ['lb0 lb1', 'lb1 lb0'],
    );
    assert.ok((run.takeovers[0]?.firstAdvertisement ?? 0) >= (run.takeovers[0]?.due ?? Infinity) - 50);
  });
});
