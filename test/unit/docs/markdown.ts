// The pages that people read, and what is in them: links, anchors, and blocks of code.

import { readFileSync } from 'node:fs';
import { globSync } from 'tinyglobby';

export type Block = {
  readonly page: string;
  /** Where it begins, counted from 1. */
  readonly line: number;
  /** What follows the fence: `yaml file=lb0`. */
  readonly kind: string;
  readonly text: string;
};

export const pageNames: readonly string[] = globSync(['*.md', 'docs/**/*.md']).sort();

const read = (page: string): string => readFileSync(page, 'utf8');
const fence = /^```(.*)\n([\s\S]*?)^```$/gm;

export const blocksOf = (page: string): Block[] => {
  const text = read(page);
  return [...text.matchAll(fence)].map(({ index, 1: kind = '', 2: content = '' }) => ({
    page,
    line: text.slice(0, index).split('\n').length,
    kind,
    text: content,
  }));
};

/** The page's prose alone. */
export const proseOf = (page: string): string => read(page).replaceAll(fence, '');

/** As GitHub makes anchors of headings. */
export const anchorsOf = (page: string): string[] =>
  [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

export type Step = { readonly host: string; readonly command: string; readonly code: number };

/** The commands of a block of a console: `lb0$ regent health # exit 1`. */
export const stepsOf = (text: string): Step[] =>
  [...text.matchAll(/^(lb[01])\$ (.*?)(?: # exit (\d+))?$/gm)].map(([, host = '', command = '', code = '0']) => ({
    host,
    command,
    code: Number(code),
  }));
