// The lab's hosts on this host's kernel: they come up as planned, a cut is silent, and nothing of them stays.

import { deepEqual, equal, match, rejects } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { sightingOf } from '../../../lab/capture.ts';
import { bootHosts, type Hosts } from '../../../lab/hosts.ts';
import { checkAddresses, checkRoutes } from '../../../lab/inspection.ts';
import { startProber } from '../../../lab/prober.ts';
import { startWebServer } from '../../../lab/stage.ts';
import { remainsOf, tearDown } from '../../../lab/teardown.ts';
import { hostNames, macOf, profiles } from '../../../lab/topology.ts';
import { until } from '../namespaces.ts';

const prefix = `labtest-${process.pid}`;

const rootState = (): string => execFileSync('ip', ['-br', 'address'], { encoding: 'utf8' });
const namespaces = (): readonly string[] =>
  existsSync('/run/netns') ? readdirSync('/run/netns').filter((name) => name.startsWith(prefix)) : [];

/** Whether a host reaches an address with one packet. */
const reaches = async (hosts: Hosts, from: (typeof hostNames)[number], address: string): Promise<boolean> =>
  hosts.run(from, ['ping', '-c', '1', '-W', '1', address]).then(
    () => true,
    () => false,
  );

/** A host asks for a MAC once a second while it has none, so that the first packets may be lost after a change. */
const untilReached = (hosts: Hosts, from: (typeof hostNames)[number], address: string): Promise<void> =>
  until(`${from} reaches ${address}`, () => reaches(hosts, from, address));

describe('the hosts of the lab as network namespaces', () => {
  afterEach(() => {
    tearDown(prefix);
  });

  for (const profile of profiles) {
    it(`come up with the addresses and routes of the profile ${profile}, and leave nothing`, async () => {
      const before = rootState();
      const hosts = await bootHosts(prefix, profile);
      // Others may have something there for a moment.
      await until('the root namespace is as before', () => rootState() === before);
      for (const name of hostNames)
        deepEqual(await checkAddresses(hosts, name, false), { held: true, text: `addresses of ${name} as planned` });
      equal((await checkRoutes(hosts)).text, 'routes of all hosts as planned');
      await untilReached(hosts, 'cl0', '192.168.55.12');
      await untilReached(hosts, 'rs0', '192.168.66.11');
      deepEqual(tearDown(prefix), []);
      deepEqual(namespaces(), []);
      deepEqual(remainsOf(prefix), []);
    });
  }

  it('are cut off and mended as often as a flap asks', async () => {
    const hosts = await bootHosts(prefix, 'gateway');
    const warnings: string[] = [];
    const keep = ({ message }: Error) => void warnings.push(message);
    process.on('warning', keep);
    for (let turn = 0; turn < 12; turn += 1) {
      await hosts.cut('lb0');
      await hosts.mend('lb0');
    }
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', keep);
    deepEqual(warnings, []);
    await untilReached(hosts, 'cl0', '192.168.55.11');
  });

  it('notice a wrong address and a wrong route', async () => {
    const hosts = await bootHosts(prefix, 'gateway');
    await hosts.run('lb1', ['ip', 'address', 'add', '192.168.55.100/32', 'dev', 'enp0s9']);
    await hosts.run('rs1', ['ip', 'route', 'del', 'default']);
    equal((await checkAddresses(hosts, 'lb1', false)).held, false);
    equal((await checkRoutes(hosts)).held, false);
  });

  it('are cut off without noticing: the carrier stays, the packets do not', async () => {
    const hosts = await bootHosts(prefix, 'gateway');
    await untilReached(hosts, 'lb1', '192.168.55.11');
    await hosts.cut('lb0');
    for (const device of ['enp0s8', 'enp0s9']) {
      equal((await hosts.run('lb0', ['cat', `/sys/class/net/${device}/carrier`])).trim(), '1');
    }
    equal(await reaches(hosts, 'lb1', '192.168.55.11'), false);
    equal(await reaches(hosts, 'lb0', '192.168.66.111'), false);
    await untilReached(hosts, 'lb1', '192.168.66.111');
    await hosts.mend('lb0');
    await untilReached(hosts, 'lb1', '192.168.55.11');
    await untilReached(hosts, 'lb0', '192.168.66.111');
  });

  it('fail when a command in them fails', async () => {
    const hosts = await bootHosts(prefix, 'gateway');
    await rejects(hosts.run('rs0', ['false']));
  });

  it('send gratuitous ARP that a capture recognises', async () => {
    const hosts = await bootHosts(prefix, 'gateway');
    const tcpdump = hosts.start('cl0', ['tcpdump', '-n', '-tt', '-e', '-l', '-c', '1', '-i', 'enp0s9', 'arp'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    tcpdump.stdout?.on('data', (chunk) => {
      text += chunk;
    });
    await new Promise((resolve) =>
      tcpdump.stderr?.on('data', (chunk) => String(chunk).includes('listening') && resolve(0)),
    );
    await hosts.run('lb1', ['ip', 'address', 'add', '192.168.55.100/32', 'dev', 'enp0s9']);
    const announce = ['arping', '-c', '1', '-U', '-I', 'enp0s9', '-s', '192.168.55.100', '192.168.55.100'];
    await hosts.run('lb1', announce).catch(() => undefined);
    await until('a frame is captured', () => text.includes('\n'));
    const sighting = sightingOf(text.split('\n')[0] ?? '', '55');
    equal(sighting?.type, 'announcement');
    equal(sighting?.by, 'lb1');
    match(text, new RegExp(macOf('192.168.55.12')));
  });

  it('carry the requests of the client, and count those that fail', async () => {
    const hosts = await bootHosts(prefix, 'gateway');
    // In place of a director's service: the address stands on lb0, and lb0 answers itself.
    await hosts.run('lb0', ['ip', 'address', 'add', '192.168.55.100/32', 'dev', 'enp0s9']);
    const webServer = await startWebServer({ ...hosts, start: (_host, ...rest) => hosts.start('lb0', ...rest) }, 'rs0');
    const prober = await startProber(hosts);
    const began = Date.now();
    await until('requests have ended', () => prober.since(began).length > 15);
    const good = prober.since(began);
    equal(
      good.every(({ ok, server }) => ok && server === 'rs0'),
      true,
    );
    await webServer.stop();
    const stopped = Date.now();
    await until('requests have failed', () => prober.since(stopped).length > 5);
    const refused = prober.since(stopped);
    equal(
      refused.every(({ error }) => error === 'ECONNREFUSED'),
      true,
    );
    await prober.stop();
  });
});
