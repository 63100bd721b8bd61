// The lab's rendering of regent's log lines.

import { doesNotMatch, equal, match } from 'node:assert/strict';
import { coloured, paintFor, plain, renderLine } from '../../../lab/log.ts';

const entry = {
  timestamp: '2026-11-23T03:28:33.123Z',
  level: 'info',
  director: 'lb0',
  process: 'vrrp',
  subject: 'vip',
  message: 'backup -> master: master down',
};
// The escape character of a terminal.
const escapeSequence = new RegExp(String.fromCharCode(27));

describe('a log line in the lab', () => {
  it('shows time, director, level, process, subject and message in columns', () => {
    equal(
      renderLine(JSON.stringify(entry), 'lb0', plain),
      '03:28:33.123 lb0 info  vrrp        vip                backup -> master: master down',
    );
  });

  it('shows further keys behind the message', () => {
    const line = renderLine(JSON.stringify({ ...entry, masterDownMs: 3609.4, roles: { vip: 'master' } }), 'lb0', plain);
    match(line, / masterDownMs=3609\.4 roles=\{"vip":"master"\}$/);
  });

  const raw = ['Error: boom', '{"broken', '42', 'null', '{"level":"info"}'];
  for (const text of raw) {
    it(`shows what is no log entry as it came: ${text}`, () => {
      match(renderLine(text, 'lb1', plain), /^ {13}lb1 {7}\S/);
      equal(renderLine(text, 'lb1', plain).endsWith(text), true);
    });
  }

  it('gives each director a colour of its own', () => {
    const [one, other] = (['lb0', 'lb1'] as const).map((name) => renderLine('x', name, coloured).replace(name, ''));
    match(one ?? '', escapeSequence);
    equal(one === other, false);
  });
});

describe('colours', () => {
  const rows: readonly { terminal: boolean; env: NodeJS.ProcessEnv; has: boolean }[] = [
    { terminal: true, env: {}, has: true },
    { terminal: false, env: {}, has: false },
    { terminal: true, env: { NO_COLOR: '1' }, has: false },
    { terminal: true, env: { NO_COLOR: '' }, has: true },
    { terminal: false, env: { FORCE_COLOR: '1' }, has: true },
    { terminal: false, env: { FORCE_COLOR: '0' }, has: false },
    { terminal: true, env: { NO_COLOR: '1', FORCE_COLOR: '1' }, has: false },
  ];
  for (const { terminal, env, has } of rows) {
    it(`${has ? 'are' : 'are not'} used ${terminal ? 'on a terminal' : 'in a pipe'} with ${JSON.stringify(env)}`, () => {
      (has ? match : doesNotMatch)(paintFor(terminal, env)('red', 'x'), escapeSequence);
    });
  }
});
