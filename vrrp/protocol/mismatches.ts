// Reports differences in the configuration of a peer whose advertisements are accepted all the same (RFC 9568 7.1).

import { type Rate, takeToken } from '../../base/tokens.ts';
import { type Clock, formatDuration, milliseconds } from '../../base/units.ts';
import type { RouterConfig } from '../../config/model/model.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { VrrpEventBody } from '../events.ts';
import type { Router } from '../router.ts';
import type { Mismatch } from './drop-reason.ts';
import type { Advertisement } from './packet.ts';

/** Most mismatches remembered, since sources come from the network. */
const rememberedSources = 64;

/** Of one router. */
const reportRate: Rate = { burst: 8, refillEvery: milliseconds(2000) };

const describe = (own: RouterConfig, mismatch: Mismatch, heard: Advertisement): string => {
  if (mismatch === 'interval')
    return `its interval is ${formatDuration(heard.interval)}, here it is ${formatDuration(own.advertisementInterval)}`;
  const ours = own.addresses.map(({ address }) => address);
  return `it advertises ${heard.addresses.join(', ') || 'no address'}, here are ${ours.join(', ')}`;
};

/** Counts each mismatch, and reports each new one. */
export const noteMismatches = (
  router: Router,
  source: IpAddress,
  mismatches: readonly Mismatch[],
  heard: Advertisement,
  { emit, clock }: { readonly emit: (event: VrrpEventBody) => void; readonly clock: Clock },
): void => {
  const { config, mismatched, mismatchesTold } = router;
  for (const mismatch of mismatches) {
    mismatched[mismatch] = (mismatched[mismatch] ?? 0) + 1;
    const text = describe(config, mismatch, heard);
    const key = `${source} ${mismatch}`;
    if (mismatchesTold.get(key) === text) continue;
    const [after, isTaken] = takeToken(router.mismatchReports, reportRate, clock());
    router.mismatchReports = after;
    if (!isTaken) continue;
    if (mismatchesTold.size >= rememberedSources) mismatchesTold.clear();
    mismatchesTold.set(key, text);
    emit({ type: 'mismatch', router: config.name, source, text });
  }
};
