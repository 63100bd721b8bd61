// Makes a document that `regent check` accepts: removes what the validator refuses, and reports it with its place. Pure.

import type { Fault } from '../config/schema/kind.ts';
import { faultsOf } from '../config/source/document.ts';
import { type KeyPath, type Node, nodesAlong, plain, without } from './document.ts';
import type { Finding } from './statement.ts';

export type Settled = { readonly document: Node; readonly findings: readonly Finding[] };

/** Where to cut: at the value, or at the mapping whose meaning depends on it. */
const cutAt = (document: Node, { path, kind }: Fault): KeyPath => {
  const nodes = nodesAlong(document, path);
  const depth = Math.min(nodes.length - 1, kind === 'missing' ? path.length - 1 : path.length);
  return path.slice(0, depth === path.length && nodes[depth]?.isVital === true ? depth - 1 : depth);
};

const keysOf = (path: KeyPath): string => path.filter((step) => typeof step === 'string').join('.');

const explain = ({ kind, path, message, suggestion }: Fault): string => {
  if (kind === 'unknown') return `this regent has no key ${keysOf(path)}`;
  if (kind === 'missing') return `nothing is left to carry without ${keysOf(path)}`;
  return suggestion === undefined ? message : `${message} (did you mean "${suggestion}"?)`;
};

const comparePaths = (a: KeyPath, b: KeyPath): number => {
  const at = a.findIndex((step, index) => step !== b[index]);
  const [left, right] = [a[at], b[at]];
  if (left === undefined || right === undefined) return a.length - b.length;
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  return String(left) < String(right) ? -1 : 1;
};

const overlap = (a: KeyPath, b: KeyPath): boolean => a.every((step, index) => index >= b.length || step === b[index]);

const settleRound = (draft: Node, faults: readonly Fault[]): Settled => {
  const findings: Finding[] = [];
  let document = draft;
  let former: KeyPath | undefined;
  const cuts = faults.map((fault) => ({ fault, path: cutAt(draft, fault) })).filter(({ path }) => path.length > 0);
  // The last one first, because removing an entry moves those after it.
  for (const { fault, path } of cuts.sort((a, b) => comparePaths(b.path, a.path))) {
    if (former !== undefined && overlap(former, path)) continue;
    former = path;
    const cut = nodesAlong(draft, path).at(-1) ?? draft;
    const { origin } = nodesAlong(draft, fault.path).at(-1) ?? cut;
    findings.push({ kind: 'lost', ...origin, message: explain(fault) });
    if (cut.origin !== origin) {
      findings.push({
        kind: 'lost',
        ...cut.origin,
        message: `nothing is left to carry without line ${origin.place.line}`,
      });
    }
    document = without(document, path);
  }
  return { document, findings };
};

/** Removes refused parts until none is left; each round removes something, so it ends. */
export const settle = (draft: Node): Settled => {
  const findings: Finding[] = [];
  let document = draft;
  for (;;) {
    const round = settleRound(document, faultsOf(plain(document)));
    if (round.findings.length === 0) return { document, findings };
    findings.push(...round.findings);
    document = round.document;
  }
};
