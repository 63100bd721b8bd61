// The last will of a vrrp process: what must be removed and said in its name should it die. Pure.

import { desiredAddresses, type Standing } from './desired.ts';
import { ownerPriority } from './election.ts';
import type { Will } from './messages.ts';
import { vrrpGroup } from './packet.ts';
import { encodeFrom } from './router.ts';
import type { Attachment } from './wires.ts';

/** An owner's addresses are the host's own and stay. */
export const writeWill = (
  standings: readonly Standing[],
  attachmentOf: (interfaceName: string) => Attachment | undefined,
): Will => ({
  addresses: desiredAddresses(standings.filter(({ config }) => config.priority !== ownerPriority)),
  farewells: standings.flatMap(({ config, state }) => {
    const attachment = attachmentOf(config.interface);
    if (state.name !== 'master' || attachment === undefined) return [];
    return [
      {
        router: config.name,
        interface: config.interface,
        interfaceIndex: attachment.link.index,
        source: attachment.source,
        destination: vrrpGroup,
        payload: Buffer.from(encodeFrom(config, attachment.source, 0)).toString('base64'),
      },
    ];
  }),
});
