// Settings of a single kind of checker: pages, datagrams, names and programs. Pure.

import { parseExpression } from '../config/model/regular-expression.ts';
import { list, mapping, type Node, originOf, scalar, vital } from './document.ts';
import { splitQuoted } from './lines.ts';
import { carry, isRefusal } from './rows.ts';
import { sslKeywords, urlKeywords } from './service-keywords.ts';
import { blockOf, type Finding, lastOf, type Statement } from './statement.ts';
import type { Kind, Scopes } from './timing.ts';
import { judgeProgram, readCommand } from './tracker-keywords.ts';

type Entries = Readonly<Record<string, Node | undefined>>;

/** keepalived's defaults: its HELO name, and the bytes of a ping. */
const heloName = 'smtpchecker.keepalived.org';
const pingBytes = 128;

/** The digits of keepalived's free form, in which a single digit is a whole byte. */
const readHex = (statement: Statement, findings: Finding[]): Node | undefined => {
  const groups = statement.words
    .join(' ')
    .split(/\s+/)
    .filter((group) => group !== '');
  const digits = groups
    .map((group) => (group.length % 2 === 0 ? group : `${group.slice(0, -1)}0${group.slice(-1)}`))
    .join('');
  if (/^([0-9a-f]{2})+$/i.test(digits)) return scalar(digits.toLowerCase(), originOf(statement));
  if (digits !== '') {
    const message = 'regent compares bytes as they are, without wildcards: name those that never change';
    findings.push({ kind: 'lost', ...originOf(statement), message });
  }
  return undefined;
};

/** The statuses that keepalived accepts; it ignores the others on the line. */
const readStatuses = (block: readonly Statement[], findings: Finding[]): Node | undefined => {
  const lines = block.filter(({ keyword }) => keyword === 'status_code');
  const isStatus = (word: string): boolean => {
    const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(word) ?? [];
    return Number(from) >= 100 && Number(to) <= 599 && Number(from) <= Number(to);
  };
  const nodes = lines.flatMap((line) =>
    line.words.flatMap((word): Node[] => {
      if (isStatus(word)) return [scalar(/^\d+$/.test(word) ? Number(word) : word, originOf(line))];
      findings.push({ kind: 'mistaken', ...originOf(line), message: `keepalived ignores the status ${word}` });
      return [];
    }),
  );
  const [first] = lines;
  return first === undefined || nodes.length === 0 ? undefined : list(nodes, originOf(first));
};

/** The expression without its quoting; PCRE has features that cannot be matched in bounded time. */
const readPattern = (line: Statement | undefined, findings: Finding[]): Node | undefined => {
  if (line === undefined) return undefined;
  const [pattern, ...rest] = splitQuoted(line.text) ?? [];
  const say = (kind: Finding['kind'], message: string): undefined => {
    findings.push({ kind, ...originOf(line), message });
  };
  if (pattern === undefined || pattern === '' || rest.length > 0)
    return say('mistaken', 'keepalived ignores it: expected one expression, in quotes where it has spaces');
  const expression = parseExpression(pattern);
  if (typeof expression === 'string') return say('lost', `the expression cannot be used: ${expression}`);
  return scalar(pattern, originOf(line));
};

const readUrl = (url: Statement, host: Statement | undefined, findings: Finding[]): Entries[] => {
  const block = blockOf(url);
  const carried = carry(block, urlKeywords);
  findings.push(...carried.findings);
  if (carried.entries.path === undefined) {
    findings.push({ kind: 'mistaken', ...originOf(url), message: 'it has no path, so keepalived ignores it' });
    return [];
  }
  const name = lastOf(block, 'virtualhost') ?? host;
  return [
    {
      ...carried.entries,
      host: name?.words[0] === undefined ? undefined : scalar(name.words[0], originOf(name)),
      expected_status: readStatuses(block, findings),
      [lastOf(block, 'regex_no_match') === undefined ? 'body_matches' : 'body_lacks']: readPattern(
        lastOf(block, 'regex'),
        findings,
      ),
    },
  ];
};

/** The certificate settings of an https check: keepalived never verifies it, whatever SSL says. */
const readTls = (checker: Statement, roots: readonly Statement[], findings: Finding[]): Record<string, Node> => {
  const ssl = lastOf(roots, 'SSL');
  const carried = carry(blockOf(ssl), sslKeywords);
  findings.push(...carried.findings);
  const origin = originOf(ssl ?? checker);
  return { tls: mapping({ verify: scalar(false, origin), ...carried.entries }, origin) };
};

const readPages = (
  checker: Statement,
  kind: Kind,
  scopes: Scopes,
  roots: readonly Statement[],
  findings: Finding[],
) => {
  const host = scopes.flatMap((scope) => lastOf(scope, 'virtualhost') ?? [])[0];
  const urls = blockOf(checker).filter(({ keyword }) => keyword === 'url');
  const tls = kind.type === 'https' ? readTls(checker, roots, findings) : {};
  const pages = urls.flatMap((url) => readUrl(url, host, findings)).map((page) => ({ ...page, ...tls }));
  if (pages.length === 0)
    findings.push({ kind: 'mistaken', ...originOf(checker), message: 'it has no url, so keepalived ignores it' });
  return pages;
};

const readDatagrams = (checker: Statement, findings: Finding[]): Entries => {
  const payload = lastOf(blockOf(checker), 'payload');
  const reply = lastOf(blockOf(checker), 'require_reply');
  return {
    payload_hex: payload && readHex(payload, findings),
    expected_reply_hex: reply && readHex(reply, findings),
    silence: reply === undefined ? scalar('passes', originOf(checker)) : undefined,
  };
};

const readProgram = (checker: Statement, findings: Finding[]): Entries[] => {
  const block = blockOf(checker);
  const path = lastOf(block, 'misc_path');
  const command = path === undefined ? { refused: 'it has no misc_path, so keepalived ignores it' } : readCommand(path);
  const dynamic = lastOf(block, 'misc_dynamic');
  if (command === undefined || isRefusal(command)) {
    const message = command?.refused ?? 'it names no program, so keepalived ignores it';
    findings.push({ kind: 'mistaken', ...originOf(path ?? checker), message });
    return [];
  }
  findings.push(...(path === undefined ? [] : judgeProgram(path)));
  return [
    {
      command: { content: command, origin: originOf(path ?? checker), isVital: true },
      weight_from_status: dynamic && scalar(true, originOf(dynamic)),
    },
  ];
};

/** The settings of this kind of check only; several urls make several checks, and those that keepalived drops make none. */
export const readKind = (
  checker: Statement,
  kind: Kind,
  scopes: Scopes,
  roots: readonly Statement[],
  findings: Finding[],
): readonly Entries[] => {
  switch (kind.type) {
    case 'http':
    case 'https':
      return readPages(checker, kind, scopes, roots, findings);
    case 'udp':
      return [readDatagrams(checker, findings)];
    case 'script':
      return readProgram(checker, findings);
    case 'smtp':
      return lastOf(blockOf(checker), 'helo_name') === undefined
        ? [{ helo_name: scalar(heloName, originOf(checker)) }]
        : [{}];
    case 'ping':
      return [{ size: vital(scalar(pingBytes, originOf(checker))) }];
    default:
      return [{}];
  }
};
