// Bounds of expectations: `<= master_down + 250ms`, `100ms`, `0`, `>= 99.9%`. Parsed once, compared later. Pure.

import { formatDuration, milliseconds, parseDuration } from '../../base/units.ts';

/** Durations that the directors' configurations give. */
export const terms = ['master_down', 'interval', 'detection', 'recovery'] as const;
export type TermName = (typeof terms)[number];
/** In milliseconds. */
export type Terms = Readonly<Record<TermName, number>>;

const relations = ['<=', '>=', '<', '>', '='] as const;
type Relation = (typeof relations)[number];

export type Term = { readonly times: number } & (
  | { readonly kind: 'span'; readonly span: number }
  | { readonly kind: 'named'; readonly name: TermName }
);

/** What a measured value must satisfy. A percentage is of all requests. */
export type Bound = { readonly text: string; readonly relation: Relation } & (
  | { readonly unit: 'time'; readonly terms: readonly Term[] }
  | { readonly unit: 'count' | 'percent'; readonly value: number }
);

/** What a plain value means: at most, or exactly. */
export type Plain = '<=' | '=';

const isTerm = (word: string): word is TermName => (terms as readonly string[]).includes(word);

const parseTerm = (text: string): Term | undefined => {
  const [, factor = '1', word = ''] = /^(?:(\d+(?:\.\d+)?)\s*[x*]\s*)?(\S+)$/.exec(text) ?? [];
  const times = Number(factor);
  if (isTerm(word)) return { kind: 'named', name: word, times };
  const span = parseDuration(word);
  return span === undefined ? undefined : { kind: 'span', span, times };
};

/** `a + b - c` as signed terms. */
const parseSum = (text: string): readonly Term[] | undefined => {
  const parts = text.split(/\s*([+-])\s*/);
  const found: Term[] = [];
  for (let index = 0; index < parts.length; index += 2) {
    const term = parseTerm((parts[index] ?? '').trim());
    if (term === undefined) return undefined;
    found.push(parts[index - 1] === '-' ? { ...term, times: -term.times } : term);
  }
  return found;
};

/**
 * Parses a bound.
 * @param units which of them the measured value may have
 * @returns undefined if it is none
 */
export const parseBound = (input: unknown, units: readonly Bound['unit'][], plain: Plain): Bound | undefined => {
  if (typeof input === 'number') {
    const isCount = units.includes('count') && Number.isInteger(input) && input >= 0;
    // Nothing is nothing in any unit.
    if (isCount) return { text: `${plain} ${input}`, relation: plain, unit: 'count', value: input };
    if (input === 0 && units.includes('time'))
      return { text: `${plain} 0ms`, relation: plain, unit: 'time', terms: [] };
    return undefined;
  }
  if (typeof input !== 'string') return undefined;
  const given = relations.find((one) => input.trim().startsWith(one));
  const rest = input
    .trim()
    .slice(given?.length ?? 0)
    .trim();
  const relation = given ?? plain;
  const text = `${relation} ${rest}`;
  const percent = /^(\d+(?:\.\d+)?)\s*%$/.exec(rest);
  if (percent !== null)
    return units.includes('percent') ? { text, relation, unit: 'percent', value: Number(percent[1]) } : undefined;
  if (/^\d+$/.test(rest))
    return units.includes('count') ? { text, relation, unit: 'count', value: Number(rest) } : undefined;
  if (!units.includes('time')) return undefined;
  const sum = parseSum(rest);
  return sum === undefined ? undefined : { text, relation, unit: 'time', terms: sum };
};

/** The bound's number: milliseconds, a count, or a percentage. */
export const limitOf = (bound: Bound, known: Terms): number =>
  bound.unit === 'time'
    ? bound.terms.reduce((sum, term) => sum + term.times * (term.kind === 'span' ? term.span : known[term.name]), 0)
    : bound.value;

/** Whether a measured value satisfies a bound. Infinity satisfies no upper bound. */
export const satisfies = (value: number, bound: Bound, known: Terms): boolean => {
  const limit = limitOf(bound, known);
  switch (bound.relation) {
    case '<=':
      return value <= limit;
    case '<':
      return value < limit;
    case '>=':
      return value >= limit;
    case '>':
      return value > limit;
    case '=':
      return value === limit;
  }
};

/** A value in the bound's unit, for people. */
export const writeValue = (value: number, unit: Bound['unit']): string => {
  if (!Number.isFinite(value)) return 'no end';
  if (unit === 'time') return formatDuration(milliseconds(value));
  return unit === 'percent' ? `${Number(value.toFixed(3))} %` : String(value);
};
