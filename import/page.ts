// The page that maps keepalived's keywords to regent's, written from the tables that the import follows. Pure.

import { writeTable } from '../config/pages/markdown.ts';
import { globalKeywords, topKeywords } from './global-keywords.ts';
import { groupKeywords, routerKeywords } from './router-keywords.ts';
import type { Row, Table } from './rows.ts';
import {
  checkerKeywords,
  checkers,
  serverKeywords,
  serviceKeywords,
  sslKeywords,
  urlKeywords,
} from './service-keywords.ts';
import { bfdKeywords, fileKeywords, processKeywords, scriptKeywords } from './tracker-keywords.ts';

export const tables: readonly Table[] = [
  topKeywords,
  globalKeywords,
  routerKeywords,
  groupKeywords,
  scriptKeywords,
  processKeywords,
  fileKeywords,
  bfdKeywords,
  serviceKeywords,
  serverKeywords,
  checkerKeywords,
  ...Object.values(checkers).filter(({ rows }) => rows.length > 0),
  urlKeywords,
  sslKeywords,
];

const head = `# Coming from keepalived

\`\`\`
regent import /etc/keepalived/keepalived.conf > regent.yaml
regent check regent.yaml
\`\`\`

The first command prints the configuration, and on its standard error what it could not carry, each with file, line and
reason. It exits with 0 when it is done, 1 when the file cannot be read, 2 when it was called wrongly. What it prints passes
the second command.

- Includes are read, variables, \`~SEQ\` and \`~LST\` filled in, and conditions (\`@word\`) compared with the first part of the
  host's name, or with what \`--config-id\` says.
- What keepalived means where a keyword is missing is written out where regent means something else: VRRP version 2,
  priority 100, the scheduler wlc, a check every 60 s.
- What keepalived drops by itself is dropped too, as \`nopreempt\` with \`state MASTER\`.
- What it says of a line is one of four things. \`not carried\`: regent has nothing of the kind, and the way around it is named.
  \`not needed\`: regent does it anyway. \`changed\`: it means something else now. \`a mistake\`: keepalived ignores it, too.

Replace one director at a time, the backup first: regent speaks with a keepalived of the same version, id and password. It is
tested beside keepalived 2.2.7 and 2.3.3: each version, family and way of sending, through stops, crashes, freezes and reloads
of either side. Both behave alike, and neither signs packets (\`auth_hmac\` came with 2.4): beside them \`mode: receive_only\`.

Three things are left out on purpose. For SNMP stand [metrics](monitoring/README.md) and \`regent status --json\`; for mail a web
hook or a script of [notifications](monitoring/README.md#notifications); for VRF, for now, an interface inside it, or a network
namespace that regent is started in.

An empty cell under "regent" means that there is no such key.`;

const keyOf = ({ verdict, to }: Row, { into }: Table): string => {
  if (verdict !== 'carried' || to === undefined) return '';
  // Some keywords are written to a place of their own, outside of the table's.
  const isOutside = into === '' || /^(vrrp|virtual_services|connection_sync|ipvs_timeouts)\b/.test(to);
  return `\`${isOutside || into === '' ? to : `${into}.${to}`}\``;
};

const noteOf = ({ verdict, note }: Row): string => (verdict === 'needless' ? `not needed: ${note}` : note);

const section = (table: Table): string => {
  const rows = table.rows.map((row) => [
    row.keywords.map((keyword) => `\`${keyword}\``).join(', '),
    keyOf(row, table),
    noteOf(row),
  ]);
  return `## ${table.block}\n\n${writeTable([['keepalived', 'regent', ''], ...rows])}`;
};

/** Writes docs/keepalived.md. */
export const writePage = (): string => `${[head, ...tables.map(section)].join('\n\n')}\n`;
