// A bare Debian that a test boots: a tree of packages, systemd as its first process, namespaces of its own, nothing kept but
// through its own reboots.

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../../..', import.meta.url));
/** Made by `provision/setup.sh --for-packages`: the newer one has a Node that is new enough. */
export const bareTree = join(project, '.cache/debian-13');
export const olderTree = join(project, '.cache/debian-12');
/** Made by `make-ubuntu.sh`. */
export const ubuntuTree = join(project, '.cache/ubuntu/tree');
/** Made by `install-in-tree.sh`. */
export const treeWithRegent = join(project, '.cache/debian-regent');

export type Run = { readonly code: number | null; readonly out: string };

export type BareDebian = {
  /** Runs a shell line as root. */
  readonly run: (line: string) => Run;
  /** The same; @throws Error with its output when it fails. */
  readonly must: (line: string) => string;
  /** Runs a program of this host in its network. */
  readonly inNetwork: (...command: readonly string[]) => string;
  /** Starts a shell line that goes on. */
  readonly start: (line: string) => ChildProcess;
  /** Puts a file or folder of this host there; into /root unless told. @returns its path */
  readonly bring: (file: string, path?: string) => string;
  readonly write: (path: string, text: string) => void;
  /** The pid of its systemd, by which its namespaces are named; another one after a reboot. */
  readonly firstProcess: () => string;
  /** Boots it again with its files, and in a network that is empty until `plug` is called. */
  readonly reboot: (plug: () => void) => Promise<void>;
  readonly end: () => void;
};

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

export const until = async (what: string, condition: () => boolean, timeout: number): Promise<void> => {
  const end = performance.now() + timeout;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not within ${timeout} ms: ${what}`);
    await sleep(20);
  }
};

/** A process may end while it is looked at. */
const procOf = (path: string): string => {
  try {
    return readFileSync(`/proc/${path}`, 'utf8');
  } catch {
    return '';
  }
};
const childrenOf = (pid: string | undefined): string[] =>
  procOf(`${pid}/task/${pid}/children`).split(' ').filter(Boolean);

/** Boots it. @throws Error when systemd is not up within `timeout` milliseconds. */
export const bootDebian = async (tree = bareTree, timeout = 60_000): Promise<BareDebian> => {
  if (!existsSync(tree)) throw new Error(`There is no ${tree}: node dist/test/run.js packages packages-ipvs`);
  const folder = mkdtempSync(join(tmpdir(), 'regent-debian-'));
  const boot = join(project, 'test/packages/boot.sh');
  const outer = spawn('unshare', ['--mount', '--propagation', 'private', 'bash', boot, tree, folder], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const end = (): void => {
    outer.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', end);
  let first = '';
  /** The child of the unshare that boot.sh runs, once it is systemd. */
  const findFirst = (): boolean => {
    const [unshare] = childrenOf(String(outer.pid));
    const [child = first] = childrenOf(unshare);
    if (child === first || procOf(`${child}/comm`) !== 'systemd\n') return false;
    first = child;
    return true;
  };
  const environment = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
    LC_ALL: 'C.UTF-8',
  };
  const enter = (): string[] => ['--target', first, '--all', '--', '/bin/bash', '-c'];
  const run = (line: string, input = ''): Run => {
    const { status, stdout, stderr } = spawnSync('nsenter', [...enter(), line], {
      encoding: 'utf8',
      env: environment,
      input,
    });
    return { code: status, out: stdout + stderr };
  };
  const must = (line: string, input = ''): string => {
    const { code, out } = run(line, input);
    if (code !== 0) throw new Error(`${line}: ended with ${code}\n${out}`);
    return out;
  };
  const isUp = '[ -S /run/systemd/private ] && systemctl is-system-running';
  const booted = async (plug = (): void => {}): Promise<void> => {
    await until('there is a first process', findFirst, timeout);
    plug();
    await until('systemd is up', () => /^(running|degraded)$/m.test(run(isUp).out), timeout);
  };
  await booted();
  return {
    firstProcess: () => first,
    reboot: async (plug) => {
      must('systemctl reboot');
      await booted(plug);
    },
    run,
    must,
    inNetwork: (...command) =>
      execFileSync('nsenter', ['--target', first, '--net', '--', ...command], { encoding: 'utf8' }),
    start: (line) => spawn('nsenter', [...enter(), line], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] }),
    bring: (file, path = `/root/${basename(file)}`) => {
      cpSync(file, `/proc/${first}/root${path}`, { recursive: true });
      return path;
    },
    write: (path, text) => void must(`cat >${path}`, text),
    end,
  };
};
