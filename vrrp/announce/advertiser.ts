// Sends a router's advertisements to each destination.

import { messageOf } from '../../base/error.ts';
import type { RouterConfig } from '../../config/model/model.ts';
import { KernelError } from '../../kernel/system/error.ts';
import { farewellPriority } from '../election/election.ts';
import type { VrrpEventBody } from '../events.ts';
import type { Ports } from '../ports.ts';
import { destinationsOf, encodeFrom, type Router, sealOf } from '../router.ts';
import type { Attachment } from '../sockets.ts';

export type Advertise = (router: Router, priority: number) => void;

const linkErrors: ReadonlySet<string> = new Set(['ENETDOWN', 'ENETUNREACH', 'EHOSTUNREACH', 'ENODEV', 'ENXIO']);

/** A send error is reported when it begins or changes, not with each advertisement. */
export const createAdvertiser =
  (
    ports: Pick<Ports, 'wall'>,
    attachmentOf: (router: RouterConfig) => Attachment | undefined,
    emit: (event: VrrpEventBody) => void,
  ): Advertise =>
  (router, priority) => {
    const { config, sendErrors } = router;
    const attachment = attachmentOf(config);
    if (attachment === undefined) return;
    const { source, wire } = attachment;
    let copies = 0;
    for (const destination of destinationsOf(config)) {
      const endpoints = { source, destination };
      try {
        wire.send(encodeFrom(config, endpoints, priority, sealOf(router, source, ports.wall())), endpoints);
        copies += 1;
        sendErrors.delete(destination);
      } catch (error) {
        const message = messageOf(error);
        // The link is down, which is already logged as the reason for the farewell.
        if (priority === farewellPriority && error instanceof KernelError && linkErrors.has(error.code)) continue;
        if (sendErrors.get(destination) !== message) emit({ type: 'kernel-error', router: config.name, message });
        sendErrors.set(destination, message);
      }
    }
    if (copies === 0) return;
    router.sent += 1;
    if (priority === farewellPriority) router.farewellsSent += 1;
  };
