// Pairs of directors that read one keepalived.conf each, as keepalived or, imported, as regent: who has the address.

import type { ChildProcess } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hostFiles } from '../../../config/source/files.ts';
import { importKeepalived } from '../../../import/import.ts';
import { connect, createNamespace, type Namespace, until } from '../namespaces.ts';
import { closeHosts, ended, type Host, openHosts, processesOf, signal } from '../vrrp/hosts.ts';
import { keepalivedProgram } from '../vrrp/keepalived-versions.ts';
import type { Shape } from './live-shapes.ts';

export type Program = 'keepalived' | 'regent';
export type Cast = readonly [left: Program, right: Program];
export type Holder = 'left' | 'right' | 'both' | 'none';

const regent = fileURLToPath(new URL('../../../cli/regent.js', import.meta.url));
/** Ten pairs start at once, and a director that starts again waits until the health checks of the one before are gone. */
const settleLimit = 40_000;
/** Longer than a master may be silent until another takes over. */
const calm = 1200;

type Side = { readonly host: Host; readonly program: Program; readonly conf: string };

const okFile = ({ directory }: Host): string => join(directory, 'ok');

const holds = ({ namespace }: Host, address: string): boolean =>
  Object.values(namespace.enter(networkInterfaces)).some((entries) =>
    entries?.some((entry) => entry.address === address),
  );

/** A link of the host's own to be tracked, and for a shape that is routed a router between both. */
const addLinks = (hosts: readonly [Host, Host], isRouted: boolean): Namespace | undefined => {
  for (const { namespace } of hosts) {
    namespace.run('ip', 'link', 'add', 'trk0', 'type', 'veth', 'peer', 'name', 'trk1');
    for (const link of ['trk0', 'trk1']) namespace.run('ip', 'link', 'set', link, 'up');
  }
  if (!isRouted) return undefined;
  const router = createNamespace('router');
  for (const [index, { namespace }] of hosts.entries()) {
    const net = `10.7${index}.0`;
    connect(
      { namespace, interface: 'up0', addresses: [`${net}.2/24`] },
      { namespace: router, interface: `r${index}`, addresses: [`${net}.1/24`] },
    );
    namespace.run('ip', 'route', 'add', '10.64.0.0/10', 'via', `${net}.1`);
  }
  router.run('sysctl', '-qw', 'net.ipv4.ip_forward=1');
  return router;
};

const start = ({ host, program, conf }: Side): ChildProcess => {
  if (program === 'keepalived') {
    const pids = ['p', 'r', 'c', 'b'].flatMap((part) => [`-${part}`, join(host.directory, `${part}.pid`)]);
    return host.start(keepalivedProgram('2.2'), '-n', '-l', '-P', '-f', conf, ...pids);
  }
  const { yaml } = importKeepalived(conf, hostFiles, { configId: 'main', environment: {} });
  const path = join(host.directory, 'regent.yaml');
  writeFileSync(path, yaml);
  return host.start(process.execPath, regent, 'run', '-c', path);
};

/** All of it is stopped first: none may act on the death of another. */
const kill = ({ host }: Side): void => {
  const pids = processesOf(host.directory);
  for (const pid of pids) signal(pid, 'SIGSTOP');
  for (const pid of pids) signal(pid, 'SIGKILL');
};

/** What happens to the left one, which ranks higher, and who must have the address after it. */
const deeds = [
  ['both start', 'left'],
  ['what it tracks goes down', 'right'],
  ['what it tracks comes up', 'left'],
  ['its script fails', 'right'],
  ['its script succeeds', 'left'],
  ['it is stopped', 'right'],
  ['it starts', 'left'],
  ['it is killed', 'right'],
] as const;

export type Course = readonly (readonly [deed: string, holder: Holder])[];
export const expected: Course = deeds;

/** Walks the course. @returns who had the address after each deed. */
export const walk = async (shape: Shape, cast: Cast): Promise<Course> => {
  const hosts = openHosts();
  const router = addLinks(hosts, shape.isRouted);
  const [left, right] = hosts;
  const sides = hosts.map((host, index): Side => {
    writeFileSync(okFile(host), '');
    const conf = join(host.directory, 'keepalived.conf');
    writeFileSync(conf, shape.write(index === 0 ? 'left' : 'right', okFile(host)));
    return { host, program: cast[index] ?? 'regent', conf };
  });
  const [own] = sides;
  if (own === undefined) throw new Error('a pair has two sides');
  let child: ChildProcess | undefined;
  let isKilled = false;
  const holder = (): Holder => {
    const has = shape.addresses.map((address) => [!isKilled && holds(left, address), holds(right, address)] as const);
    const all = (side: 0 | 1): boolean => has.every((each) => each[side]);
    const any = (side: 0 | 1): boolean => has.some((each) => each[side]);
    if (all(0) && !any(1)) return 'left';
    if (all(1) && !any(0)) return 'right';
    return any(0) && any(1) ? 'both' : 'none';
  };
  const perform: Readonly<Record<(typeof deeds)[number][0], () => unknown>> = {
    'both start': () => {
      for (const side of sides) {
        const started = start(side);
        child ??= started;
      }
    },
    'what it tracks goes down': () => left.namespace.run('ip', 'link', 'set', 'trk1', 'down'),
    'what it tracks comes up': () => left.namespace.run('ip', 'link', 'set', 'trk1', 'up'),
    'its script fails': () => rmSync(okFile(left)),
    'its script succeeds': () => writeFileSync(okFile(left), ''),
    'it is stopped': () => {
      child?.kill('SIGTERM');
      return child && ended(child);
    },
    'it starts': () => {
      child = start(own);
    },
    // keepalived's addresses stay on a host where it is killed; regent's go by their lifetime.
    'it is killed': () => {
      kill(own);
      isKilled = true;
    },
  };
  try {
    const seen: [string, Holder][] = [];
    for (const [deed, wanted] of deeds) {
      await perform[deed]();
      let since = performance.now();
      const isSettled = (): boolean => {
        if (holder() !== wanted) since = performance.now();
        return performance.now() - since > calm;
      };
      await until('the pair settles', isSettled, settleLimit).catch(() => undefined);
      seen.push([deed, holder()]);
    }
    return seen;
  } finally {
    await closeHosts(hosts);
    router?.remove();
  }
};
