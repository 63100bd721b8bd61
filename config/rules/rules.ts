// Rules that span several values: clashes, references to other parts, settings that exclude each other.

import { checkAccept } from './accept-rules.ts';
import { checkAnycast } from './anycast-rules.ts';
import { checkChecks } from './check-rules.ts';
import { type Director, type Finding, present } from './finding.ts';
import { checkMetrics } from './metrics-rules.ts';
import { checkNotifications } from './notification-rules.ts';
import type { Places } from './places.ts';
import { checkRouting } from './route-rules.ts';
import { checkGroups, checkRouters } from './router-rules.ts';
import { checkServices } from './service-rules.ts';
import { checkSources } from './source-rules.ts';
import { checkSplitBrain } from './split-brain-rules.ts';
import { checkTracking } from './tracking-rules.ts';

/** Checks every rule on a configuration as it was read. */
export const checkRules = (director: Director, places: Places): Finding[] => {
  const routers = present(director.vrrp?.routers);
  const services = present(director.virtualServices);
  return [
    ...checkChecks(services, places),
    ...checkRouters(routers, places),
    ...checkRouting(routers, places),
    ...checkGroups(present(director.vrrp?.groups), routers, places),
    ...checkTracking(director, places),
    ...checkServices(services, places.isGiven(director, 'connectionSync'), places),
    ...checkSources(services, places),
    ...checkAccept(services, routers, places),
    ...checkAnycast(director, places),
    ...checkMetrics(director, places),
    ...checkSplitBrain(director, places),
    ...checkNotifications(present(director.notifications), places),
  ];
};
