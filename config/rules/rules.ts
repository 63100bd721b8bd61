// The rules that span several values: what clashes, what must exist elsewhere, what one setting forbids another.

import { type Finding, findRepeatedNames, type Item, isRecord, recordsAt } from './finding.ts';
import { checkPaths } from './path-rules.ts';
import { checkReached, checkServices } from './service-rules.ts';
import { checkSources } from './source-rules.ts';
import { checkTracking } from './tracking-rules.ts';
import { checkUnicast } from './unicast-rules.ts';
import { checkGroups, checkRouters, silentAddresses } from './vrrp-rules.ts';

/** Checks every rule on a document as it was written; values of a wrong shape are the schema's to refuse and pass here. */
export const checkRules = (document: unknown): Finding[] => {
  if (!isRecord(document)) return [];
  const root: Item = { value: document, path: [] };
  const vrrp: Item = { value: isRecord(document.vrrp) ? document.vrrp : {}, path: ['vrrp'] };
  const routers = recordsAt(vrrp, 'routers');
  return [
    ...checkRouters(routers),
    ...checkPaths(routers),
    ...checkGroups(recordsAt(vrrp, 'groups'), routers),
    ...checkTracking(document),
    ...checkServices(root),
    ...checkUnicast(root, routers),
    ...checkSources(recordsAt(root, 'virtual_services')),
    ...checkReached(root, silentAddresses(routers)),
    ...findRepeatedNames(recordsAt(root, 'notifications'), 'notification'),
  ];
};
