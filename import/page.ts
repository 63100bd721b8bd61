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

The first command prints the configuration, and on standard error a summary: lines converted with another value or meaning, lines
not converted, and lines that keepalived ignores, too. Each note is printed once, with its places; \`--verbose\` shows every note. It exits with 0
when done, 1 when the file cannot be read or none of its instances and services is left, 2 on wrong usage. Its output passes the
second command.

Beside an installed keepalived,

\`\`\`
regent import --compare /etc/keepalived/keepalived.conf
\`\`\`

reads how keepalived understands the file, and names each value in which the configuration differs, and what keepalived says it
ignores; it exits with 1 if any value differs, or if there was nothing to compare. Scripts and mail of \`notify_…\` and
\`smtp_alert\` are such values, since regent has its own notifications. keepalived runs for a second in namespaces of its own (as
root, or where users may create them): without network, and with empty files in place of all programs, so nothing on the host is
touched. Services need IPVS.

- Includes are read, variables, \`~SEQ\` and \`~LST\` expanded, and conditions (\`@word\`) compared with the first part of the host's
  name, or with \`--config-id\`.
- The configuration behaves as keepalived 2.2.7. Its defaults for missing or refused keywords are written out where regent's differ:
  VRRP version 2, the scheduler wlc, a check every 60 s, no check of the source of unicast, no panic threshold.
- Different on purpose: addresses carry a lifetime (\`lease\`) and expire when their master dies, and announcements have a rate limit
  (\`announce_rate\`).
- Settings that keepalived ignores are dropped too, such as \`nopreempt\` with \`state MASTER\`.
- There are four kinds of notes. \`not carried\`: regent has no equivalent; the note names a way around it. \`not needed\`: regent does it
  anyway. \`changed\`: its meaning differs now. \`a mistake\`: keepalived ignores it, too.

Replace one director at a time, the backup first: regent works with a keepalived of the same VRRP version, id and password. It is
tested with keepalived 2.2.7 and 2.3.3: each VRRP version, family and way of sending, through stops, crashes, freezes and reloads of
either side. These keepalived versions behave alike, and neither signs packets
(\`auth_hmac\` came with 2.4): use \`mode: receive_only\` with them.

Three things are left out on purpose. Instead of SNMP use [metrics](monitoring/README.md) and \`regent status --json\`; instead of mail
a webhook or a script of [notifications](monitoring/README.md#notifications); instead of \`vrf\` an interface inside the VRF, or
regent started in a network namespace.

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
