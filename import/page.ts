// The page that maps keepalived's keywords to regent's, generated from the import's tables. Pure.

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

The first command prints the configuration, and on its standard error a summary: what was carried with another value or
meaning, what was not carried, and what keepalived ignores, too, each note once with its places; \`--verbose\` shows every note.
It exits with 0 when it is done, 1 when the file cannot be read or nothing of its instances and services is left, 2 when it was
called wrongly. What it prints passes the second command.

Beside an installed keepalived,

\`\`\`
regent import --compare /etc/keepalived/keepalived.conf
\`\`\`

asks it what it understood of the file and names each value in which the configuration differs; it exits with 1 when any does, or
when there was nothing to compare with. keepalived runs for a second in namespaces of its own (as root, or where users may make
them): without network, and with empty files in place of all programs, so that nothing of the host is touched. Services need IPVS.

- Includes are read, variables, \`~SEQ\` and \`~LST\` filled in, and conditions (\`@word\`) compared with the first part of the
  host's name, or with what \`--config-id\` says.
- What is imported does what keepalived 2.2.7 did. What it means where a keyword is missing, or refused, is written out where
  regent means something else: VRRP version 2, the scheduler wlc, a check every 60 s, no check of who sends unicast, no server
  that all checks call dead.
- On purpose otherwise: addresses carry a lifetime (\`lease\`) and go by themselves when their master dies, and announcements are
  limited (\`announce_rate\`).
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
  // Some keywords are written outside of the table's place.
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
