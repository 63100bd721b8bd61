// Two running directors with a service and two real servers, and the page of both in a headless browser.

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Browser, chromium, type Page } from 'playwright-core';
import { configure, program, router, startConfigured } from '../netns/controller/operated-director.ts';
import { until } from '../netns/namespaces.ts';
import { closeHosts, type Host, openHosts } from '../netns/vrrp/hosts.ts';

export const virtualAddress = '192.168.55.100/32';
const realServers = ['192.168.55.111', '192.168.55.112'] as const;
export const ownAddresses = ['192.168.55.11', '192.168.55.12'] as const;
const webServer = (address: string): string =>
  `require('node:http').createServer((_, response) => response.end('here')).listen(80, '${address}')`;

export type Pair = {
  readonly hosts: readonly [Host, Host];
  /** The directors, by host. */
  readonly directors: Map<Host, ChildProcess>;
  readonly realServers: readonly ChildProcess[];
  readonly sockets: readonly string[];
};

const sections = (host: Host, index: number): Readonly<Record<string, unknown>> => {
  const keyFile = join(host.directory, 'peers.key');
  writeFileSync(keyFile, '0123456789abcdef0123456789abcdef\n', { mode: 0o600 });
  return {
    vrrp: { groups: [{ name: 'lab', routers: ['vip', 'gateway'] }] },
    virtual_services: [
      {
        name: 'web',
        address: '192.168.55.100:80',
        protocol: 'tcp',
        scheduler: 'wrr',
        forwarding: 'masq',
        check: { type: 'http', path: '/', interval: '250ms', timeout: '200ms', rise: 1, fall: 2 },
        real_servers: realServers.map((address, number) => ({
          name: `rs${number}`,
          address: `${address}:80`,
          weight: 100,
        })),
      },
    ],
    peers: {
      listen: `${ownAddresses[index]}:8550`,
      key_file: keyFile,
      directors: [`${ownAddresses[1 - index]}:8550`],
    },
  };
};

/** @param interval of the advertisements. @param extra further sections of each director. */
export const startPair = async (
  interval = '250ms',
  extra: (index: number, host: Host) => object = () => ({}),
): Promise<Pair> => {
  const hosts = openHosts();
  const servers = realServers.map((address, index) => {
    const host = hosts[index] ?? hosts[0];
    host.namespace.run('ip', 'address', 'add', `${address}/24`, 'dev', 'enp0s9');
    return host.start(process.execPath, '-e', webServer(address));
  });
  const directors = new Map(
    hosts.map((host, index) => {
      const priority = 150 - 50 * index;
      const routers = [
        { ...router('vip', 51, priority, [virtualAddress]), advertisement_interval: interval },
        { ...router('gateway', 52, priority, ['192.168.55.101/32']), advertisement_interval: interval },
      ];
      configure(host, routers, { ...sections(host, index), ...extra(index, host) });
      return [host, startConfigured(host)];
    }),
  );
  await until('lb0 is master', () => hosts[0].holds(), 50_000);
  const sockets = hosts.map(({ directory }) => join(directory, 'control.sock'));
  return { hosts, directors, realServers: servers, sockets };
};

export type OpenPage = {
  readonly child: ChildProcess;
  /** The address that was printed, with its token. */
  readonly address: string;
};

/** Runs `regent ui` as an operator would. @param environment besides that of the tests */
export const openUiWith = (environment: NodeJS.ProcessEnv, ...args: string[]): Promise<OpenPage> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, 'ui', ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...environment },
    });
    child.on('error', reject);
    child.on('close', (code) => reject(new Error(`regent ui ended with ${code}`)));
    createInterface({ input: child.stdout }).once('line', (address) => resolve({ child, address }));
  });

export const openUi = (...args: string[]): Promise<OpenPage> => openUiWith({}, ...args);

/** Debian's own; its sandbox does not run as root. */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });

/** The page in a context of its own, signed in. */
export const visit = async (browser: Browser, { address }: OpenPage): Promise<Page> => {
  const page = await browser.newPage({ viewport: { width: 1024, height: 800 } });
  page.setDefaultTimeout(60_000);
  await page.goto(address);
  await page.waitForSelector('.director h3');
  return page;
};

export const closePair = (): Promise<void> => closeHosts();

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds wrong, in words. */
export const faultsOf = async (page: Page): Promise<string[]> => {
  // Past the page's content security policy, as a screen reader is.
  await page.evaluate(axe);
  const violations = (await page.evaluate('axe.run().then(({ violations }) => violations)')) as {
    readonly id: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
};
