// Converts a real server's checkers to checks. Pure.

import { isIP } from 'node:net';
import { readKind } from './check-kinds.ts';
import { join, mapping, type Node, originOf, type Part, scalar } from './document.ts';
import { carry, type Table } from './rows.ts';
import { checkerKeywords, checkers } from './service-keywords.ts';
import { blockOf, type Finding, lastOf, type Statement } from './statement.ts';
import { type Kind, kinds, readTiming, type Scopes } from './timing.ts';
import { bareAddress } from './values.ts';

/** The endpoint of a server, for its checkers. */
export type Probed = {
  /** The port in its line, to which keepalived's checkers connect; 0 if absent. */
  readonly givenPort: number;
  /** The port that connections are forwarded to, to which regent's checks connect; 0 if there is none. */
  readonly port: number;
  readonly family: number;
};

const readAddress = (statement: Statement | undefined, findings: Finding[]): Node | undefined => {
  if (statement === undefined) return undefined;
  const address = bareAddress(statement.words[0]);
  if (address !== undefined) return scalar(address, originOf(statement));
  const message = `expected an address, not ${statement.words[0]}`;
  findings.push({ kind: 'mistaken', ...originOf(statement), message });
  return undefined;
};

const tableOf = (own: Table): Table => ({ ...own, rows: [...own.rows, ...checkerKeywords.rows] });

/** The port that keepalived connects to, if regent would choose another. */
const readPort = (
  checker: Statement,
  kind: Kind,
  { givenPort, port }: Probed,
  findings: Finding[],
): Node | undefined => {
  if (kind.type === 'ping' || kind.type === 'script') return undefined;
  if (givenPort !== 0) return givenPort === port ? undefined : scalar(givenPort, originOf(checker));
  if (port !== 0) {
    const message = `the server has no port of its own, so keepalived would connect to port 0 and fail: ${port} is probed`;
    findings.push({ kind: 'changed', ...originOf(checker), message });
  }
  return undefined;
};

/** Remote and local endpoint of a checker; `block` is the checker's, or that of one of its hosts. */
const readConnection = (
  checker: Statement,
  block: readonly Statement[],
  kind: Kind,
  probed: Probed,
  findings: Finding[],
): Record<string, Node | undefined> => {
  if (kind.type === 'script') return {};
  const address = readAddress(lastOf(block, 'connect_ip'), findings);
  const source = readAddress(lastOf(block, 'bindto'), findings);
  const family = address === undefined ? probed.family : isIP(String(address.content));
  const isOther = source !== undefined && isIP(String(source.content)) !== family;
  if (isOther)
    findings.push({ kind: 'mistaken', ...source.origin, message: 'keepalived skips it: it is of the other family' });
  return {
    address,
    port: readPort(checker, kind, probed, findings),
    ...(isOther ? {} : { source_address: source }),
    ...carry(
      block.filter(({ keyword }) => keyword === 'connect_port'),
      checkerKeywords,
    ).entries,
  };
};

const connects = ({ keyword }: Statement): boolean =>
  /^(connect_ip|connect_port|bindto|bind_port|bind_if|fwmark|connect_timeout)$/.test(keyword);

/** The targets of a checker: SMTP_CHECK may name several hosts, and is then a target itself only with settings of its own. */
const targetsOf = (checker: Statement): readonly (readonly Statement[])[] => {
  const block = blockOf(checker);
  const hosts = checker.keyword === 'SMTP_CHECK' ? block.filter(({ keyword }) => keyword === 'host').map(blockOf) : [];
  return hosts.length === 0 || block.some(connects) ? [block, ...hosts] : hosts;
};

/** Reads one checker of a real server. */
const readChecker = (checker: Statement, scopes: Scopes, probed: Probed, roots: readonly Statement[]): Part => {
  const kind = kinds[checker.keyword];
  const table = checkers[checker.keyword];
  if (kind === undefined || table === undefined) return { nodes: [], findings: [] };
  const findings: Finding[] = [];
  const block = blockOf(checker);
  const carried = carry(block, tableOf(table));
  findings.push(...carried.findings);
  for (const host of block.filter(({ keyword }) => checker.keyword === 'SMTP_CHECK' && keyword === 'host'))
    if (lastOf(blockOf(host), 'connect_timeout') === undefined)
      findings.push({
        kind: 'changed',
        ...originOf(host),
        message: 'without a connect_timeout of its own keepalived gives it no time at all: it has that of the check',
      });
  const nodes = readKind(checker, kind, [block, ...scopes], roots, findings).flatMap((own) =>
    targetsOf(checker).map((target) =>
      mapping(
        join(
          { type: { ...scalar(kind.type, originOf(checker)), isVital: true } },
          readTiming(checker, kind, [target, ...(target === block ? [] : [block]), ...scopes], findings),
          carried.entries,
          readConnection(checker, target, kind, probed, findings),
          own,
        ),
        originOf(checker),
      ),
    ),
  );
  return { nodes, findings };
};

/** Reads all checkers of a real server. */
export const readChecks = (
  server: Statement,
  service: Statement,
  probed: Probed,
  roots: readonly Statement[],
): Part => {
  const scopes = [blockOf(server), blockOf(service)];
  const parts = blockOf(server).map((checker) => readChecker(checker, scopes, probed, roots));
  return { nodes: parts.flatMap(({ nodes }) => nodes), findings: parts.flatMap(({ findings }) => findings) };
};
