// Applies changes of routes and rules in one batch, as for addresses; changes already in effect count as done.

import type { Change } from '../diff.ts';
import type { Request } from '../netlink/request.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import type { KernelError } from '../system/error.ts';

/** A change and, where the kernel refused it, the error. */
export type PathResult<Entry> = { readonly change: Change<Entry>; readonly error: KernelError | undefined };

/** @param harmless error codes for changes already in effect. */
export const applyPaths = <Entry>(
  netlink: NetlinkSocket,
  changes: readonly Change<Entry>[],
  requestOf: (change: Change<Entry>) => Request | KernelError,
  harmless: { readonly add: readonly string[]; readonly remove: readonly string[] },
): PathResult<Entry>[] => {
  const requests = changes.map(requestOf);
  const answers = netlink.request(requests.flatMap((request) => (request instanceof Error ? [] : [request]))).values();
  return changes.map((change, index) => {
    const request = requests[index];
    const answer = request instanceof Error ? undefined : answers.next().value;
    const error = request instanceof Error ? request : answer?.ok === false ? answer.error : undefined;
    const codes = change.type === 'remove' ? harmless.remove : harmless.add;
    return { change, error: error !== undefined && codes.includes(error.code) ? undefined : error };
  });
};
