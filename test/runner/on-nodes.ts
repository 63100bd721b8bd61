// Suites that CI shares between two Nodes: each file runs on one of them, and on the other after the next commit. `npm run prove`
// runs all files on both.

import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { type NodeMajor, nodeRuntime } from '../../packaging/node-runtime.ts';
import type { Suite } from './suite.ts';

export const isOwn = (major: NodeMajor): boolean => process.versions.node.startsWith(`${major}.`);

export const fetchNode = (major: NodeMajor): string => `node dist/packaging/fetch-nodes.js ${major}`;

export const programOf = (major: NodeMajor): string =>
  isOwn(major) ? process.execPath : join(nodeRuntime(resolve('.cache/node'), major).folder, 'bin/node');

/** The oldest that is supported, and the newest with long-term support. */
const [oldest, newest] = [20, 24] as const;

/** Changes with each commit, and is the same in each run of one: a failure can be repeated. */
const turnOfCommit = (): number => {
  const { stdout } = spawnSync('git', ['rev-list', '--count', 'HEAD'], { encoding: 'utf8' });
  return Number.parseInt(stdout, 10) || 0;
};

/** Of a command's files, which end it, every other. */
const everyOther = (command: readonly string[], rest: number): readonly string[] => {
  const files = command.indexOf('--spec') + 1;
  return command.filter((_, index) => index < files || (index - files) % 2 === rest);
};

const part = (suite: Suite, major: NodeMajor, rest: number): Suite => ({
  ...suite,
  name: `${suite.name}-on-${major}`,
  steps: [...(suite.steps ?? []), ...(isOwn(major) ? [] : [fetchNode(major)])],
  command: (again) => {
    const command = again === undefined ? everyOther(suite.command(), rest) : suite.command(again);
    return command.map((word) => (word === process.execPath ? programOf(major) : word));
  },
});

/** Two of each suite, a Node each: first all on one, so that the other Node is there in time. A suite of one file is not parted. */
export const shared = (suites: readonly Suite[], turn = turnOfCommit()): readonly Suite[] =>
  [oldest, newest].flatMap((major, index) =>
    suites
      .map((suite) => part(suite, major, (turn + index) % 2))
      .filter(({ command }) => command().at(-1) !== '--spec'),
  );
