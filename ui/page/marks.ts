// The states as shapes, since some readers cannot tell their colours apart.

import type { AnycastEntry } from '../model/anycast.ts';
import type { Tone } from '../model/summary.ts';
import type { RouterStatus, ServerStatus } from '../model/view.ts';

export const marks: Readonly<Record<Tone, string>> = { ok: '●', warn: '▲', bad: '■', unknown: '?' };

export const toneOfRouter = ({ state, rivals }: RouterStatus): Tone | 'idle' => {
  if (rivals.length > 0 || state === 'initialize') return 'bad';
  return state === 'master' ? 'ok' : state === 'leaving' ? 'warn' : 'idle';
};

export const toneOfAnycast = ({ state, missing = [] }: AnycastEntry): Tone | 'idle' => {
  if (missing.length > 0) return 'bad';
  if (state === 'unknown') return 'unknown';
  return state === 'announced' ? 'ok' : state === 'draining' ? 'warn' : 'idle';
};

export const toneOfServer = ({ health, drained }: ServerStatus): Tone => {
  if (health === 'down') return 'bad';
  return drained ? 'warn' : health === 'up' ? 'ok' : 'unknown';
};
