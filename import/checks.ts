// A real server's checkers become checks. Pure.

import { parseExpression } from '../config/model/regular-expression.ts';
import { join, list, mapping, type Node, type Origin, originOf, scalar } from './document.ts';
import { carry, isRefusal, type Table } from './rows.ts';
import { checkerKeywords, checkers, sslKeywords, urlKeywords } from './service-keywords.ts';
import { blockOf, type Finding, lastOf, type Statement } from './statement.ts';
import { judgeProgram, readCommand } from './tracker-keywords.ts';
import type { Part } from './tracking.ts';
import { bareAddress, secondsOf, writeSeconds } from './values.ts';

type Kind = { readonly type: string; readonly retry: number; readonly retryDelay: number | undefined };

// keepalived's own defaults differ by kind.
const kinds: Readonly<Record<string, Kind>> = {
  HTTP_GET: { type: 'http', retry: 1, retryDelay: 3 },
  SSL_GET: { type: 'https', retry: 1, retryDelay: 3 },
  TCP_CHECK: { type: 'tcp', retry: 1, retryDelay: 1 },
  PING_CHECK: { type: 'ping', retry: 1, retryDelay: 1 },
  SMTP_CHECK: { type: 'smtp', retry: 1, retryDelay: 1 },
  UDP_CHECK: { type: 'udp', retry: 1, retryDelay: 1 },
  DNS_CHECK: { type: 'dns', retry: 3, retryDelay: undefined },
  MISC_CHECK: { type: 'script', retry: 0, retryDelay: 1 },
};

/** The checker, its real server and its virtual server, in this order: the first that says a thing counts. */
export type Scopes = readonly (readonly Statement[])[];

const inherited = (scopes: Scopes, ...keywords: readonly string[]): Statement | undefined => {
  for (const scope of scopes) {
    const statement = lastOf(scope, ...keywords);
    if (statement !== undefined) return statement;
  }
  return undefined;
};

const secondsIn = (statement: Statement | undefined): number | undefined =>
  statement === undefined ? undefined : secondsOf(statement);

const readTiming = (checker: Statement, kind: Kind, scopes: Scopes): Record<string, Node | undefined> => {
  const from = (statement: Statement | undefined): Origin => originOf(statement ?? checker);
  const loop = inherited(scopes, 'delay_loop');
  const interval = secondsIn(loop) ?? 60;
  const isScript = kind.type === 'script';
  const limit = isScript ? lastOf(blockOf(checker), 'misc_timeout') : inherited(scopes, 'connect_timeout');
  const retries = inherited(scopes, 'retry', ...(kind.type.startsWith('http') ? ['nb_get_retry'] : []));
  const retry = Math.max(0, Number.parseInt(retries?.words[0] ?? '', 10) || (retries ? 0 : kind.retry));
  const pause = inherited(scopes, 'delay_before_retry');
  const fast = secondsIn(pause) ?? kind.retryDelay ?? interval;
  return {
    interval: scalar(writeSeconds(interval), from(loop)),
    timeout: scalar(writeSeconds(secondsIn(limit) ?? (isScript ? interval : 5)), from(limit)),
    rise: scalar(1, originOf(checker)),
    fall: scalar(retry + 1, from(retries)),
    fast_interval: retry > 0 && fast > 0 && fast < interval ? scalar(writeSeconds(fast), from(pause)) : undefined,
  };
};

const readAddress = (statement: Statement | undefined, findings: Finding[]): Node | undefined => {
  if (statement === undefined) return undefined;
  const address = bareAddress(statement.words[0]);
  if (address !== undefined) return scalar(address, originOf(statement));
  findings.push({
    kind: 'mistaken',
    ...originOf(statement),
    message: `expected an address, not ${statement.words[0]}`,
  });
  return undefined;
};

/** The digits of keepalived's free form, in which a lone digit is a whole byte. */
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

/** PCRE has more than can be matched in bounded time. */
const readPattern = (statement: Statement, findings: Finding[]): Node | undefined => {
  const source = statement.words.join(' ');
  if (source === '') return undefined;
  const expression = parseExpression(source);
  if (typeof expression !== 'string') return scalar(source, originOf(statement));
  findings.push({ kind: 'lost', ...originOf(statement), message: `the expression cannot be used: ${expression}` });
  return undefined;
};

const readUrl = (
  url: Statement | undefined,
  host: Statement | undefined,
  findings: Finding[],
): Record<string, Node | undefined> => {
  const block = blockOf(url);
  const carried = carry(block, urlKeywords);
  findings.push(...carried.findings);
  const codes = lastOf(block, 'status_code');
  const pattern = lastOf(block, 'regex');
  const isInverted = lastOf(block, 'regex_no_match') !== undefined;
  const name = lastOf(block, 'virtualhost') ?? host;
  return {
    ...carried.entries,
    host: name?.words[0] === undefined ? undefined : scalar(name.words[0], originOf(name)),
    expected_status:
      codes === undefined
        ? undefined
        : list(
            codes.words.map((code) => scalar(/^\d+$/.test(code) ? Number(code) : code, originOf(codes))),
            originOf(codes),
          ),
    [isInverted ? 'body_lacks' : 'body_matches']: pattern && readPattern(pattern, findings),
  };
};

/** What only this kind of check says; several urls make several checks. */
const readKind = (checker: Statement, kind: Kind, scopes: Scopes, roots: readonly Statement[], findings: Finding[]) => {
  const block = blockOf(checker);
  switch (kind.type) {
    case 'http':
    case 'https': {
      const host = inherited(scopes, 'virtualhost');
      const urls = block.filter(({ keyword }) => keyword === 'url');
      const ssl = kind.type === 'https' ? lastOf(roots, 'SSL') : undefined;
      const carried = carry(blockOf(ssl), sslKeywords);
      findings.push(...carried.findings);
      const tls =
        ssl && Object.keys(carried.entries).length > 0 ? { tls: mapping(carried.entries, originOf(ssl)) } : {};
      return (urls.length === 0 ? [undefined] : urls).map((url) => ({ ...readUrl(url, host, findings), ...tls }));
    }
    case 'udp': {
      const payload = lastOf(block, 'payload');
      const reply = lastOf(block, 'require_reply');
      return [
        {
          payload_hex: payload && readHex(payload, findings),
          expected_reply_hex: reply && readHex(reply, findings),
          silence: reply === undefined ? scalar('passes', originOf(checker)) : undefined,
        },
      ];
    }
    case 'script': {
      const path = lastOf(block, 'misc_path');
      const command = path === undefined ? { refused: 'it has no misc_path' } : readCommand(path);
      if (command === undefined || isRefusal(command)) {
        findings.push({
          kind: 'mistaken',
          ...originOf(path ?? checker),
          message: command?.refused ?? 'it names no program',
        });
        return [];
      }
      findings.push(...(path === undefined ? [] : judgeProgram(path)));
      return [{ command: { content: command, origin: originOf(path ?? checker), isVital: true } }];
    }
    default:
      return [{}];
  }
};

const tableOf = (own: Table): Table => ({ ...own, rows: [...own.rows, ...checkerKeywords.rows] });

/** Reads one checker of a real server. */
const readChecker = (checker: Statement, scopes: Scopes, roots: readonly Statement[]): Part => {
  const kind = kinds[checker.keyword];
  const table = checkers[checker.keyword];
  if (kind === undefined || table === undefined) return { nodes: [], findings: [] };
  const findings: Finding[] = [];
  const block = blockOf(checker);
  const within = [block, ...scopes];
  const carried = carry(block, tableOf(table));
  findings.push(...carried.findings);
  const nodes = readKind(checker, kind, within, roots, findings).map((own) =>
    mapping(
      join(
        { type: { ...scalar(kind.type, originOf(checker)), isVital: true } },
        readTiming(checker, kind, within),
        {
          address: readAddress(lastOf(block, 'connect_ip'), findings),
          source_address: readAddress(lastOf(block, 'bindto'), findings),
        },
        carried.entries,
        own,
      ),
      originOf(checker),
    ),
  );
  return { nodes, findings };
};

/** Reads all checkers of a real server. */
export const readChecks = (server: Statement, service: Statement, roots: readonly Statement[]): Part => {
  const scopes = [blockOf(server), blockOf(service)];
  const parts = blockOf(server).map((checker) => readChecker(checker, scopes, roots));
  return { nodes: parts.flatMap(({ nodes }) => nodes), findings: parts.flatMap(({ findings }) => findings) };
};
