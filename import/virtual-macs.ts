// keepalived's names of the interfaces that it makes for virtual MACs, kept so that references stay valid. Pure.

import { type Node, originOf, scalar } from './document.ts';
import type { Say } from './election.ts';
import { blockOf, lastOf, type Statement } from './statement.ts';

const longestName = 15;

const givenName = ({ words }: Statement): string | undefined => words.find((word) => !word.includes(':'));

/** PREFIX.ID; if that is taken a number follows the prefix, first 6 for IPv6. */
const findName = (prefix: string, id: string, family: 4 | 6, taken: ReadonlySet<string>): string => {
  const spell = (number: string): string =>
    `${prefix.slice(0, longestName - number.length - id.length - 1)}${number}.${id}`;
  const numbers = ['', ...(family === 6 ? ['6'] : []), ...Array.from({ length: 256 }, (_, index) => String(index + 1))];
  return numbers.map(spell).find((name) => !taken.has(name)) ?? spell('');
};

/** The interface name of each instance, by instance. */
export const nameVirtualMacs = (
  roots: readonly Statement[],
  globals: readonly Statement[],
  familyOf: (block: readonly Statement[]) => 4 | 6,
): ReadonlyMap<Statement, string> => {
  const prefix = lastOf(globals, 'vmac_prefix')?.words[0] ?? 'vrrp';
  const users = roots.filter(
    (root) => root.keyword === 'vrrp_instance' && lastOf(blockOf(root), 'use_vmac') !== undefined,
  );
  const taken = new Set(users.flatMap((root) => givenName(lastOf(blockOf(root), 'use_vmac') ?? root) ?? []));
  return new Map(
    users.map((root): [Statement, string] => {
      const block = blockOf(root);
      const id = lastOf(block, 'virtual_router_id')?.words[0] ?? '';
      const name = givenName(lastOf(block, 'use_vmac') ?? root) ?? findName(prefix, id, familyOf(block), taken);
      taken.add(name);
      return [root, name];
    }),
  );
};

/** The interface with the virtual MAC of an instance. */
export const readVirtualMac = (block: readonly Statement[], name: string | undefined, say: Say): Node | undefined => {
  const statement = lastOf(block, 'use_vmac');
  if (statement === undefined || name === undefined) return undefined;
  const mac = statement.words.find((word) => word.includes(':'));
  if (mac !== undefined)
    say('lost', statement, `the address is always the standard one of the router's id, not ${mac}`);
  const origin = originOf(statement);
  return { content: { interface: scalar(name, origin) }, origin };
};
