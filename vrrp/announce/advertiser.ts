// Sends a router's advertisements to each destination.

import { messageOf } from '../../base/error.ts';
import type { RouterConfig } from '../../config/model/model.ts';
import { KernelError } from '../../kernel/system/error.ts';
import type { Endpoints } from '../../net/checksum.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import { farewellPriority } from '../election/parameters.ts';
import type { VrrpEventBody } from '../events.ts';
import type { Ports } from '../ports.ts';
import { destinationsOf, encodeFrom, type Router, sealOf, signs } from '../router.ts';
import type { Attachment } from '../sockets.ts';

export type Advertise = (router: Router, priority: number) => void;

const linkErrors: ReadonlySet<string> = new Set(['ENETDOWN', 'ENETUNREACH', 'EHOSTUNREACH', 'ENODEV', 'ENXIO']);

/** A send error is reported when it begins or changes, not with each advertisement. */
export const createAdvertiser = (
  ports: Pick<Ports, 'wall'>,
  attachmentOf: (router: RouterConfig) => Attachment | undefined,
  emit: (event: VrrpEventBody) => void,
): Advertise => {
  /** The last advertisement of each router to each destination: a master sends the same one again and again. */
  const sent = new Map<string, { readonly source: IpAddress; readonly priority: number; readonly bytes: Uint8Array }>();
  const encode = ({ config }: Router, endpoints: Endpoints, priority: number): Uint8Array => {
    const key = `${config.name} ${endpoints.destination}`;
    const last = sent.get(key);
    if (last?.source === endpoints.source && last.priority === priority) return last.bytes;
    const bytes = encodeFrom(config, endpoints, priority);
    sent.set(key, { source: endpoints.source, priority, bytes });
    return bytes;
  };

  return (router, priority) => {
    const { config, sendErrors } = router;
    const attachment = attachmentOf(config);
    if (attachment === undefined) return;
    const { source, wire } = attachment;
    let copies = 0;
    for (const destination of destinationsOf(config)) {
      const endpoints = { source, destination };
      try {
        const seal = signs(config) ? sealOf(router, source, ports.wall()) : undefined;
        const isPlain = seal === undefined;
        wire.send(
          isPlain ? encode(router, endpoints, priority) : encodeFrom(config, endpoints, priority, seal),
          endpoints,
        );
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
};
