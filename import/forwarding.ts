// How packets reach a server: NAT, DR or TUN. Pure.

import { isRefusal } from './rows.ts';
import { readForwarding } from './service-keywords.ts';
import type { Statement } from './statement.ts';

export const forwardingOf = (statement: Statement | undefined): string | undefined => {
  const method = statement === undefined ? undefined : readForwarding(statement);
  return method === undefined || isRefusal(method) ? undefined : String(method);
};

/** The last method that keepalived knows; it ignores others. */
export const lastMethod = (block: readonly Statement[], ...keywords: readonly string[]): Statement | undefined =>
  block.findLast((line) => keywords.includes(line.keyword) && forwardingOf(line) !== undefined);
