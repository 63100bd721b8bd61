// What tcpdump and tshark make of our own advertisements: nothing to complain of, but for the trailer that neither knows.

import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../namespaces.ts';
import { closeHosts, ended, type Host, openHosts, type RouterKeys, startRouters } from './hosts.ts';
import { watchMasters } from './masters.ts';

type Row = {
  readonly name: string;
  readonly keys: RouterKeys;
  /** Both read the sum of IPv4 over all that the packet holds, as they do with keepalived's own auth_hmac. */
  readonly complaint?: 'checksum';
};

const ipv6 = { addresses: ['fe80::100/64', 'fd55::100/64'], source: 'fe80::11' };
const rowsFor = (keyFile: string): readonly Row[] => {
  const hmac = { authentication: { type: 'hmac', key_file: keyFile } };
  const toPeer = { source: '192.168.55.11', peers: ['192.168.55.12'] };
  const toPeer6 = { source: 'fd55::11', peers: ['fd55::12'], addresses: ['fd55::101/64'] };
  return [
    { name: 'version 2', keys: { version: 2 } },
    {
      name: 'version 2 with a password',
      keys: { version: 2, authentication: { type: 'password', password: 'secret' } },
    },
    { name: 'version 2 from host to host', keys: { version: 2, ...toPeer } },
    { name: 'version 3', keys: {} },
    { name: 'version 3 of 40.95 s', keys: { advertisement_interval: '40.95s' } },
    { name: 'version 3 from host to host', keys: toPeer },
    { name: 'version 3 over IPv6', keys: ipv6 },
    { name: 'version 3 over IPv6 from host to host', keys: toPeer6 },
    { name: 'version 3 over IPv6, signed', keys: { ...ipv6, addresses: ['fe80::102/64'], ...hmac } },
    { name: 'version 3, signed', keys: hmac, complaint: 'checksum' },
    { name: 'version 2, signed', keys: { version: 2, ...hmac }, complaint: 'checksum' },
  ];
};

describe('our advertisements', function () {
  this.timeout(60_000);
  let left: Host;
  let capture: ChildProcess;
  let byTcpdump: string[] = [];
  let byTshark: string[] = [];
  let rows: readonly Row[] = [];
  const names = rowsFor('').map(({ name }) => name);
  const idOf = (name: string): number => 1 + names.indexOf(name);

  /** What tcpdump and tshark say of the capture, a packet a line; tshark: id, findings, malformed, state of the checksum (0: bad). */
  const read = (program: string, ...args: string[]): string[] =>
    execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .replace(/\n\s+/g, ' ')
      .split('\n');
  const fields = ['vrrp.virt_rtr_id', '_ws.expert.message', '_ws.malformed', 'vrrp.checksum.status'];

  before(async () => {
    const hosts = openHosts();
    [left] = hosts;
    for (const [index, host] of hosts.entries())
      for (const network of ['fe80', 'fd55'])
        host.namespace.run('ip', 'address', 'add', `${network}::1${index + 1}/64`, 'dev', 'enp0s9', 'nodad');
    const keyFile = join(left.directory, 'vrrp.keys');
    writeFileSync(keyFile, `1 ${'k'.repeat(32)}\n`, { mode: 0o600 });
    rows = rowsFor(keyFile);
    const pcap = join(left.directory, 'capture.pcap');
    const tcpdump = [
      'tcpdump',
      '-i',
      'enp0s9',
      '-U',
      '--immediate-mode',
      '-Z',
      'root',
      '-w',
      pcap,
      'ip proto 112 or ip6 proto 112',
    ];
    capture = spawn('ip', ['netns', 'exec', left.namespace.name, ...tcpdump], { stdio: ['ignore', 'ignore', 'pipe'] });
    if (capture.stderr !== null) await once(capture.stderr, 'data');
    const watch = await watchMasters(left.namespace, 'enp0s9');
    // An owner speaks at once.
    const routers = rows.map(({ name, keys }, index) => ({
      name: `r${index}`,
      interface: 'enp0s9',
      virtual_router_id: idOf(name),
      priority: 255,
      addresses: [`192.168.55.${100 + index}/32`],
      ...keys,
    }));
    startRouters(left, routers);
    await until('all have spoken', () => rows.every(({ name }) => watch.sightings(idOf(name)).length > 0));
    await watch.stop();
    capture.kill('SIGTERM');
    await ended(capture);
    byTcpdump = read('tcpdump', '-nv', '-Z', 'root', '-r', pcap);
    byTshark = read('tshark', '-r', pcap, '-Y', 'vrrp', '-T', 'fields', ...fields.flatMap((field) => ['-e', field]));
  });
  after(async function () {
    if (this.test?.parent?.tests.some(({ state }) => state !== 'passed')) console.error(left.log());
    await closeHosts();
  });

  for (const { name, complaint } of rowsFor(''))
    it(`${name}: ${complaint === undefined ? 'no complaint' : `no complaint but of the ${complaint}`}`, () => {
      const id = idOf(name);
      const seen = byTcpdump.filter((packet) => packet.includes(`vrid ${id},`));
      const dissected = byTshark.map((line) => line.split('\t')).filter(([first]) => first === String(id));
      assert.ok(seen.length > 0 && dissected.length > 0);
      const complaints = [
        ...seen.filter((packet) => /bad|invalid|incorrect|truncated|malformed|\[\|/i.test(packet)),
        ...dissected.flatMap(([, found = '', malformed = '', checksum = '']) =>
          found === '' && malformed === '' && checksum !== '0' ? [] : `${found} ${malformed}`,
        ),
      ];
      const isOfChecksum = (text: string): boolean => /bad vrrp cksum|^Bad checksum/.test(text);
      assert.deepEqual(complaint === undefined ? complaints : complaints.filter((text) => !isOfChecksum(text)), []);
      assert.equal(complaints.length > 0, complaint !== undefined);
    });
});
