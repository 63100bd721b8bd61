// The findings of the routers' watches for other masters. Pure.

import type { Instant } from '../../base/units.ts';
import { announceOnEvidence } from '../announce/announcement.ts';
import { settleWatch, type Watched } from '../rivals/rivals.ts';
import type { HostEffect, HostStep } from './effect.ts';
import { type Host, type HostRouter, replace } from './host.ts';

/** Announces a router's addresses again, since neighbours may have been misled. */
export const reannounce = (router: HostRouter, now: Instant): HostRouter => ({
  ...router,
  announcements: announceOnEvidence(router.announcements, now),
});

/** Follows the findings of a router's watch. */
export const found = (
  router: HostRouter,
  [watch, findings]: Watched,
  now: Instant,
): readonly [HostRouter, readonly HostEffect[]] => {
  const { name } = router.config;
  const effects = findings.flatMap((finding): HostEffect[] =>
    finding.type === 'reannounce' ? [] : [{ ...finding, router: name }],
  );
  const watching = { ...router, watch };
  return [findings.some(({ type }) => type === 'reannounce') ? reannounce(watching, now) : watching, effects];
};

/** Lets the watches forget silent masters, and probe again for those that claim an address. */
export const settleWatches = (host: Host, now: Instant): HostStep => {
  const changed = host.routers.map((router) => found(router, settleWatch(router.watch, now), now));
  const moved = changed.flatMap(([router], index) => (router.watch === host.routers[index]?.watch ? [] : [router]));
  return [replace(host, moved), changed.flatMap(([, effects]) => effects)];
};
