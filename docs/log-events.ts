// The page of the log's event names, generated from their declaration.

import { writeTable } from '../config/pages/markdown.ts';
import { logEventGroups } from '../controller/log/log-events.ts';

export const writeLogEvents = (): string => {
  const sections = logEventGroups.map(({ title, events }) => {
    const rows = Object.entries(events).map(([name, { levels, meaning }]) => [
      `\`${name}\``,
      levels.map((level) => `\`${level}\``).join(', '),
      meaning,
    ]);
    return `## ${title}\n\n${writeTable([['event', 'level', 'meaning'], ...rows])}`;
  });
  return `# Log events

Every line of the log has a name, \`event.type\` in JSON logs and in \`regent events --json\`. **Match names, not texts**: texts
may change with any version, names and their meaning do not. Lines about a change also carry its facts in \`event\`, and
\`subject\` names the router, service or server.

\`\`\`console
lb0$ regent events --since 1h --json | jq 'select(.event.type == "transition")'
\`\`\`

${sections.join('\n\n')}

This page is made by \`npm run docs\` from the declaration that the program is compiled against.
`;
};
