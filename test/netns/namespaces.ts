// Network namespaces for tests: made, entered by this thread, and removed again however the run ends.

import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import koffi from 'koffi';

export type Namespace = {
  /** The name that `ip netns` knows. */
  readonly name: string;
  /** Runs synchronous code with this thread in the namespace; sockets opened there stay there. */
  enter<Value>(action: () => Value): Value;
  /** Runs a program in the namespace. @returns its output; throws when it fails. */
  run(command: string, ...args: string[]): string;
  remove(): void;
};

const setns = koffi.load(null).func('int setns(int fd, int type)');
const CLONE_NEWNET = 0x4000_0000;
const prefix = process.env.REGENT_NETNS_PREFIX ?? 'regent-';
const live = new Set<Namespace>();

const join = (fd: number): void => {
  if (setns(fd, CLONE_NEWNET) !== 0) throw new Error(`setns: errno ${koffi.errno()}`);
};

const nameFor = (label: string): string => {
  const name = `${prefix}${process.pid}-${label}`;
  const taken = new Set([...live].map((namespace) => namespace.name));
  const free = [...Array(taken.size + 1).keys()].map((count) => (count === 0 ? name : `${name}-${count}`));
  return free.find((candidate) => !taken.has(candidate)) ?? name;
};

/** Makes a namespace with its loopback up. Its name is unique to this process, and to each of the same label. */
export const createNamespace = (label: string): Namespace => {
  const name = nameFor(label);
  execFileSync('ip', ['netns', 'add', name]);
  const fd = openSync(`/run/netns/${name}`, 'r');
  const namespace: Namespace = {
    name,
    enter: (action) => {
      // Namespaces may be entered from within each other.
      const outer = openSync('/proc/thread-self/ns/net', 'r');
      join(fd);
      try {
        return action();
      } finally {
        join(outer);
        closeSync(outer);
      }
    },
    run: (command, ...args) => execFileSync('ip', ['netns', 'exec', name, command, ...args], { encoding: 'utf8' }),
    remove: () => {
      if (!live.delete(namespace)) return;
      closeSync(fd);
      execFileSync('ip', ['netns', 'del', name]);
    },
  };
  live.add(namespace);
  namespace.run('ip', 'link', 'set', 'lo', 'up');
  return namespace;
};

export type LinkEnd = {
  readonly namespace: Namespace;
  readonly interface: string;
  readonly addresses?: readonly string[];
};

/** Joins two namespaces by a pair of virtual Ethernet interfaces, up and with their addresses. */
export const connect = (left: LinkEnd, right: LinkEnd): void => {
  const end = (side: LinkEnd): string[] => ['name', side.interface, 'netns', side.namespace.name];
  execFileSync('ip', ['link', 'add', ...end(left), 'type', 'veth', 'peer', ...end(right)]);
  for (const { namespace, interface: name, addresses = [] } of [left, right]) {
    for (const address of addresses)
      namespace.run('ip', 'address', 'add', address, 'dev', name, ...(address.includes(':') ? ['nodad'] : []));
    namespace.run('ip', 'link', 'set', name, 'up');
  }
};

/** Removes every namespace that is left; for `after` hooks. */
export const removeNamespaces = (): void => {
  for (const namespace of live) namespace.remove();
};

process.on('exit', removeNamespaces);
for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
  ['SIGHUP', 1],
] as const)
  process.once(signal, () => process.exit(128 + number));

/** Between two looks, in milliseconds: what takes long to ask, such as a director's status, must not keep the processor busy. */
const pauseAfter = (took: number): number => Math.min(200, Math.max(5, 10 * took));

/** Resolves once `condition` holds. @throws Error after `timeout` milliseconds. */
export const until = async (
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeout = 30_000,
): Promise<void> => {
  const end = performance.now() + timeout;
  for (;;) {
    const began = performance.now();
    if (await condition()) return;
    const now = performance.now();
    if (now > end) throw new Error(`not within ${timeout} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pauseAfter(now - began)));
  }
};
