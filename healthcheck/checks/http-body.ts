// The expected body of an answer. Pure.

import type { HttpCheck, HttpsCheck } from '../../config/model/check-model.ts';
import { parseExpression, type RegularExpression } from '../../config/model/regular-expression.ts';

/** Bytes beyond this are not looked at. */
const limit = 1024 * 1024;

export type BodyRules = {
  /** Bytes of a body needed to judge it; 0 if it is not checked. */
  readonly reach: number;
  /** What is wrong with a body, as far as it was read; undefined if it is as expected. */
  readonly judge: (body: Buffer, isWhole: boolean) => string | undefined;
};

type Rule = { readonly reach: number; readonly passes: (body: string) => boolean; readonly complaint: string };

/** @throws Error for an expression that the configuration would have refused. */
const compile = (source: string): RegularExpression => {
  const expression = parseExpression(source);
  if (typeof expression === 'string') throw new Error(`${source}: ${expression}`);
  return expression;
};

const rulesOf = ({ bodyContains, bodyMatches, bodyLacks }: HttpCheck | HttpsCheck): Rule[] => {
  const rules: Rule[] = [];
  if (bodyContains !== undefined) {
    const passes = (body: string): boolean => body.includes(bodyContains);
    rules.push({ reach: limit, passes, complaint: `does not contain "${bodyContains}"` });
  }
  if (bodyMatches !== undefined) {
    const { reach, test } = compile(bodyMatches);
    rules.push({ reach, passes: test, complaint: `does not match /${bodyMatches}/` });
  }
  if (bodyLacks !== undefined) {
    const { reach, test } = compile(bodyLacks);
    rules.push({ reach, passes: (body) => !test(body), complaint: `matches /${bodyLacks}/` });
  }
  return rules;
};

const showReach = (bytes: number): string => (bytes === limit ? 'MiB' : `${Math.floor(bytes / 1024)} KiB`);

export const readBodyRules = (check: HttpCheck | HttpsCheck): BodyRules => {
  const rules = rulesOf(check);
  const reach = rules.length === 0 ? 0 : Math.min(limit, ...rules.map((rule) => rule.reach));
  return {
    reach,
    judge: (bytes, isWhole) => {
      if (rules.length === 0) return undefined;
      const body = bytes.toString('utf8');
      const broken = rules.find(({ passes }) => !passes(body));
      if (broken === undefined) return undefined;
      return `the body ${broken.complaint}${isWhole ? '' : ` within its first ${showReach(reach)}`}`;
    },
  };
};
