// `regent why`: one explanation, one line per part.

import { harmlessJson } from '../base/harmless-text.ts';
import { askDirector } from '../controller/control/client.ts';
import type { Explanation } from '../controller/control/why.ts';
import { alignColumns } from './columns.ts';

const render = ({ subject, state, since, rule, decidedBy, wouldChange }: Explanation): string =>
  alignColumns([
    [subject, state],
    ['since', new Date(since).toISOString()],
    ['decided by', decidedBy],
    ['rule', rule],
    ...wouldChange.map((change, index) => [index === 0 ? 'would change' : '', change]),
  ]).join('\n');

const paths = { router: 'routers', server: 'servers', anycast: 'anycast' } as const;

export const why = async (socket: string, kind: keyof typeof paths, name: string, json: boolean): Promise<void> => {
  const answer = await askDirector(socket, 'GET', `/v1/${paths[kind]}/${encodeURIComponent(name)}/why`);
  const explanations = [answer].flat() as Explanation[];
  process.stdout.write(
    json ? `${harmlessJson(JSON.stringify(answer, null, 2))}\n` : `${explanations.map(render).join('\n\n')}\n`,
  );
};
