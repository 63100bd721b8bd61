// Rules that span several values: clashes, references to other parts, settings that exclude each other.

import { type Finding, findRepeatedNames, isRecord, itemAt, recordsAt } from './finding.ts';
import { checkPaths } from './path-rules.ts';
import { checkReached, checkServices } from './service-rules.ts';
import { checkSources } from './source-rules.ts';
import { checkTracking } from './tracking-rules.ts';
import { checkUnicast } from './unicast-rules.ts';
import { checkGroups, checkRouters, silentAddresses } from './vrrp-rules.ts';

/** Checks every rule on a document; values of a wrong shape are left to the schema. */
export const checkRules = (document: unknown): Finding[] => {
  if (!isRecord(document)) return [];
  const root = itemAt(document, []);
  const vrrp = itemAt(isRecord(document.vrrp) ? document.vrrp : {}, ['vrrp']);
  const routers = recordsAt(vrrp, 'routers');
  return [
    ...checkRouters(routers),
    ...checkPaths(routers),
    ...checkGroups(recordsAt(vrrp, 'groups'), routers),
    ...checkTracking(root, vrrp),
    ...checkServices(root),
    ...checkUnicast(root, routers),
    ...checkSources(recordsAt(root, 'virtual_services')),
    ...checkReached(root, silentAddresses(routers)),
    ...findRepeatedNames(recordsAt(root, 'notifications'), 'notification'),
  ];
};
