// Every key of the configuration, changed by itself: a plan names the change in the terms and units of the configuration.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { load } from 'js-yaml';
import type { DirectorConfig } from '../../../../config/model/model.ts';
import { parseConfig } from '../../../../config/source/load.ts';
import { planChange } from '../../../../controller/plan.ts';
import { describeEffect } from '../../../../controller/plan-line.ts';

type Path = readonly (string | number)[];

const leavesOf = (value: unknown, path: Path = []): Path[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, own]) => leavesOf(own, [...path, Array.isArray(value) ? Number(key) : key]))
    : [path];

const at = (document: unknown, path: Path): unknown =>
  path.reduce((value, key) => Reflect.get(value as object, key) as unknown, document);

const duration = /^(\d+)(ms|s|m|h|d)$/;

/** Other values that may stand there. */
const othersOf = (value: unknown): unknown[] => {
  if (typeof value === 'boolean') return [!value];
  if (typeof value === 'number') return [value + 1, value - 1];
  const [, count, unit] = duration.exec(String(value)) ?? [];
  return count === undefined
    ? []
    : [1, 2, -1, Number(count)].map((more) => `${Math.max(1, Number(count) + more)}${unit}`);
};

const parse = (document: unknown): DirectorConfig | undefined => {
  const parsed = parseConfig(JSON.stringify(document), 'regent.yaml');
  return parsed.ok ? { ...parsed.config, serviceTexts: [] } : undefined;
};

describe('a plan of every key that is a number, a duration or a flag', () => {
  const text = readFileSync('test/unit/config/every-key.yaml', 'utf8').replace(/^include:.*$/m, '');
  const document = load(text);
  const before = parse(document);
  const rows = leavesOf(document).flatMap((path) => (othersOf(at(document, path)).length === 0 ? [] : [path]));

  it('finds them', () => assert.ok(before !== undefined && rows.length > 80, `${rows.length}`));

  for (const path of rows)
    it(path.join('.'), () => {
      const value = at(document, path);
      const tried = othersOf(value).map((other) => {
        const next = structuredClone(document);
        Reflect.set(at(next, path.slice(0, -1)) as object, path.at(-1) as string, other);
        return { other, after: parse(next) };
      });
      const found = tried.find(({ after }) => after !== undefined);
      // One key may forbid another value, and a server's own setting outweigh its service's.
      if (before === undefined || found?.after === undefined || isDeepStrictEqual(before, found.after)) return;
      const lines = planChange(before, found.after, { routers: [], connectionsOf: () => 0 }).map(
        (line) => `${describeEffect(line)}: ${line.subject} ${line.change}`,
      );
      assert.ok(lines.length > 0, `${String(value)} -> ${String(found.other)} is told by no line`);
      const all = lines.join('\n');
      assert.doesNotMatch(all, /[{}"]|undefined|\bnull\b|\[object|NaN| {2}/);
      if (duration.test(String(value))) assert.match(all, /\d (ms|s) -> \d+ (ms|s)\b/);
    });
});
