// The page docs/reference.md, written from the sections of the reference.

import { writeTable } from './markdown.ts';
import { describeSections, type KeyEntry, type Section } from './reference.ts';

const code = (text: string): string => (text === '' ? '' : `\`${text}\``);

/** A heading's anchor on GitHub. */
const anchorOf = (path: string): string => path.replaceAll(/[^\w -]/g, '').replaceAll(' ', '-');

const writeUnit = ({ unit, section }: KeyEntry): string =>
  section === undefined ? unit : `[${unit === '' ? 'mapping' : unit}](#${anchorOf(section)})`;

const writeSection = ({ path, meaning, keys }: Section): string => {
  const rows = keys.map((entry) => [
    code(entry.key),
    entry.meaning,
    writeUnit(entry),
    entry.bounds,
    entry.default === 'required' ? 'required' : code(entry.default),
    code(entry.example),
  ]);
  const table = writeTable([['key', 'meaning', 'unit or words', 'bounds', 'default', 'example'], ...rows]);
  return `## ${path === '' ? 'the file itself' : path}\n${meaning === '' ? '' : `\n${meaning}\n`}\n${table}\n`;
};

export const writeReference = (): string =>
  [
    `# Reference

Every key of the configuration. This page and [regent.schema.json](regent.schema.json) are made from the validator's own
schema by \`npm run docs\`; \`regent check FILE\` also checks what one key requires of another. An editor that speaks YAML (by
yaml-language-server: VS Code, Neovim, Emacs, Helix) completes keys and marks mistakes with this as the first line:

\`\`\`
# yaml-language-server: $schema=regent.schema.json
\`\`\`

\`regent schema > /etc/regent/regent.schema.json\` puts it beside the file; the packages have it in their folder docs/, too.

Durations are a number and a unit, as \`500ms\` or \`1.5s\`. Without a default a key may be left out unless it is required. A
path with \`[]\` stands for each entry of a list.

Keys of the file itself that begin with \`x-\` are not read: they hold anchors for other keys, as in Compose.

\`\`\`yaml
x-check: &web { type: http, path: /health }
virtual_services:
  - { name: web, address: 192.168.55.100:80, check: *web, real_servers: [{ address: 192.168.66.111:80 }] }
\`\`\`
`,
    ...describeSections().map(writeSection),
  ].join('\n');
