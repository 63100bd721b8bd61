// Colours of a drill's terminal.

import { styleText } from 'node:util';
import type { Paint } from './terminal.ts';

/** None if output is not a terminal or NO_COLOR is set (https://no-color.org); FORCE_COLOR overrides the former. */
export const paintFor = (isTerminal: boolean, env: NodeJS.ProcessEnv): Paint => {
  const isForced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '0';
  const isColoured = (env.NO_COLOR ?? '') === '' && (isTerminal || isForced);
  return isColoured ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text;
};
