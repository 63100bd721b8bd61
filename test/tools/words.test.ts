// Words that are not to come back: metaphors for what the field has names for, and turns of phrase that hide who does what.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { globSync } from 'tinyglobby';

/** Each word with what stands in its place. */
const avoided: readonly (readonly [RegExp, string])[] = [
  [/\b(estate|heirs?|inheritance|beque(st|ath)\w*|isExtinct)\b/i, 'handoff, predecessors, removed'],
  [/\broster\b/i, 'the state of the group'],
  [/\b(speech|has spoken|have spoken)\b/i, 'outgoing messages; advertises'],
  [/\b(openEar|Ears?)\b|\bears\b/, 'claim watch'],
  [/\brules on\b/, 'stays master'],
  [/\b(bears? with|borne with)\b/i, 'waits, tolerates'],
  [/\b(tells? of|told of)\b/i, 'reports, sends, receives'],
  [/\b(whoever|nobody|somebody|anybody)\b/i, 'name the host, program or operator'],
  [/(?<!\b(the|this|that|only|no|each|every|any|next|last|first) )\bone that\b/i, 'name the thing'],
  [/\bso long\b(?! that)/i, 'for this long'],
  [/\bsays? farewell\b|\bsaid farewell\b/i, 'sends the farewell, gives up mastership'],
];

const files = globSync(
  [
    '{base,net,channel,kernel,config,vrrp,healthcheck,controller,routing,import,doctor,drill,ui,cli,lab,bench}/**/*.{ts,yaml}',
    'docs/**/*.{md,yaml,svg,ts,json}',
    '{packaging,provision}/**',
    '{README,ARCHITECTURE,CONTRIBUTING}.md',
  ],
  { ignore: ['**/node_modules/**'] },
);

describe('words to avoid', () => {
  it('are looked for in the program and its pages', () => assert.ok(files.length > 400, String(files.length)));
  for (const [word, instead] of avoided)
    it(`${word.source} does not come back: ${instead}`, () => {
      const found = files.flatMap((file) =>
        readFileSync(file, 'utf8')
          .split('\n')
          .flatMap((line, index) => (word.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
      );
      assert.deepEqual(found, []);
    });
});
