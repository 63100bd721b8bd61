// The last will of a vrrp process: what to remove and which farewells to send if it dies. Pure.

import type { RouterConfig } from '../../config/model/model.ts';
import { ownsAddresses } from '../../config/model/virtual-addresses.ts';
import type { LastWill } from '../messages.ts';
import { destinationsOf, encodeFrom, signs } from '../router.ts';
import type { Attachment } from '../sockets.ts';
import { desiredAddresses, type Standing } from './desired.ts';
import { desiredRoutes, desiredRules } from './routing.ts';

/**
 * An owner's addresses are the host's own and stay. A router that signs leaves no farewell: it would be too old to be
 * accepted, so its peers wait for their master down interval.
 */
export const writeLastWill = (
  standings: readonly Standing[],
  attachmentOf: (router: RouterConfig) => Attachment | undefined,
): LastWill => ({
  rules: desiredRules(standings),
  routes: desiredRoutes(standings),
  addresses: desiredAddresses(standings.filter(({ config }) => !ownsAddresses(config))),
  farewells: standings.flatMap(({ config, state }) => {
    const attachment = attachmentOf(config);
    if (state.name !== 'master' || attachment === undefined || signs(config)) return [];
    const { source, link } = attachment;
    return destinationsOf(config).map((destination) => ({
      router: config.name,
      interface: config.interface,
      interfaceIndex: link.index,
      family: config.family,
      source,
      destination,
      payload: Buffer.from(encodeFrom(config, { source, destination }, 0)).toString('base64'),
    }));
  }),
});
