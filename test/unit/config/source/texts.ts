// Configurations as text, for tests of what is read from them, and what is told of them.

import assert from 'node:assert/strict';
import type { DirectorConfig } from '../../../../config/model/model.ts';
import { parseConfig } from '../../../../config/source/load.ts';
import { formatProblems } from '../../../../config/source/problem.ts';

export const configOf = (text: string): DirectorConfig => {
  const result = parseConfig(text, 'f');
  return result.ok ? result.config : assert.fail(formatProblems(result.problems));
};

/** The problems of a file `f`, each from its line on. */
export const problemsOf = (text: string): string[] => {
  const result = parseConfig(text, 'f');
  return result.ok
    ? []
    : formatProblems(result.problems)
        .split('\n')
        .map((line) => line.replace(/^f:/, ''));
};

/** A test for each row: the text has the problems, and no others. */
export const refuse = (rows: readonly (readonly [name: string, text: string, ...problems: string[]])[]): void => {
  for (const [name, text, ...problems] of rows)
    it(`refuses ${name}`, () => assert.deepEqual(problemsOf(text), problems));
};

export const router = (more = '', id = 1, name = 'a', address = '10.0.0.1'): string =>
  `    - { name: ${name}, interface: eth0, virtual_router_id: ${id}, addresses: [${address}]${more} }\n`;
export const vrrp = (...routers: string[]): string => `director: d\nvrrp:\n  routers:\n${routers.join('')}`;
export const service = (more: string, servers = '', name = 's', address = '10.0.0.1:80'): string =>
  `  - { name: ${name}, address: ${address}${more},\n      real_servers: [${servers}] }\n`;
export const services = (...list: string[]): string => `${vrrp(router())}virtual_services:\n${list.join('')}`;
