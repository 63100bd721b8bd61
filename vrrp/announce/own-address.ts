// Announces this host's own address to its unicast peers when it is back on the link.

import { later } from '../../base/units.ts';
import type { RouterConfig } from '../../config/model/model.ts';
import type { Ports } from '../ports.ts';
import type { Attachment } from '../sockets.ts';

/**
 * A peer that could not reach this host asks for its MAC once a second, and sends nothing until it knows it: a master would
 * count as dead. So this host announces its address when it is back, and again in case a switch port forwards late.
 */
export const createOwnAnnouncement =
  (
    ports: Pick<Ports, 'clock' | 'at' | 'announce'>,
    attachmentOf: (router: RouterConfig) => Attachment | undefined,
  ): ((router: RouterConfig) => void) =>
  (own) => {
    const attachment = attachmentOf(own);
    if (own.peers.length === 0 || attachment?.link.mac === undefined) return;
    const { link, source } = attachment;
    const frames = [{ interfaceIndex: link.index, mac: attachment.link.mac, address: source }];
    const announce = (times: number): void => {
      // Stops if the link is down again, which is reported on its own.
      if (attachmentOf(own)?.source !== source) return;
      ports.announce(frames);
      if (times > 1) ports.at(later(ports.clock(), own.advertisementInterval), () => announce(times - 1), false);
    };
    announce(own.downAfter);
  };
