// Re-nests statements as keepalived does after a block with an unknown keyword. Pure.

import { blockKeywords } from './block-keywords.ts';
import type { Finding, Statement } from './statement.ts';

export type Nested = { readonly statements: readonly Statement[]; readonly findings: readonly Finding[] };

type Inner = Nested & {
  /** The statements after the brace at which keepalived ends the outer block. */
  readonly rest: readonly Statement[];
};

/**
 * keepalived skips an unknown keyword and its opening brace: the block's lines are read as part of the outer block, which ends at
 * the inner closing brace.
 */
const nestBlock = (
  statements: readonly Statement[],
  keywords: ReadonlySet<string>,
  isRoot: boolean,
  path: string,
): Inner => {
  const findings: Finding[] = [];
  const kept: Statement[] = [];
  const pending = [...statements];
  for (let statement = pending.shift(); statement !== undefined; statement = pending.shift()) {
    const { keyword, place, block } = statement;
    if (block === undefined) kept.push(statement);
    else if (keywords.has(keyword)) {
      const inside = `${path}/${keyword}`;
      const known = blockKeywords(inside);
      if (known === undefined) {
        kept.push(statement);
        continue;
      }
      const inner = nestBlock(block, known, false, inside);
      findings.push(...inner.findings);
      kept.push({ ...statement, block: inner.statements });
      if (inner.rest.length > 0) pending.unshift(...inner.rest);
    } else {
      const message = isRoot
        ? 'keepalived does not know it, and reads what stands in its block as if there were none'
        : 'keepalived does not know it, and takes the end of its block for the end of the block around it';
      findings.push({ kind: 'mistaken', keyword, place, message });
      if (isRoot) {
        pending.unshift(...block);
        continue;
      }
      const inner = nestBlock(block, keywords, false, path);
      return {
        statements: [...kept, ...inner.statements],
        findings: [...findings, ...inner.findings],
        rest: [...inner.rest, ...pending],
      };
    }
  }
  return { statements: kept, findings, rest: [] };
};

/** The statements as keepalived nests them. */
export const nest = (roots: readonly Statement[]): Nested => nestBlock(roots, blockKeywords('') ?? new Set(), true, '');
