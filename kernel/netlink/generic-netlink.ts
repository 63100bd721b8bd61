// Generic netlink: the four-byte header of a command, and the lookup of a family's number by name.

import { constants } from 'node:os';
import { kernelError } from '../system/error.ts';
import { type AttributeTable, type AttributeValues, decodeAttributes, encodeAttributes, isMalformed } from './codec.ts';
import type { NetlinkSocket } from './socket.ts';

// include/uapi/linux/genetlink.h
const GENL_ID_CTRL = 16;
const CTRL_CMD_GETFAMILY = 3;
const controlAttributes = { familyId: [1, 'u16'], familyName: [2, 'string'] } as const;

/** Length of struct genlmsghdr. */
export const genericHeader = 4;

/** The payload of a generic netlink message: struct genlmsghdr (command, version, reserved), then attributes. */
export const encodeCommand = <Table extends AttributeTable>(
  command: number,
  version: number,
  table: Table,
  values: AttributeValues<Table>,
): Buffer => Buffer.concat([Buffer.from([command, version, 0, 0]), encodeAttributes(table, values)]);

/** Decodes the attributes of a generic netlink message's payload; see {@link decodeAttributes}. */
export const decodeCommand = <Table extends AttributeTable>(table: Table, payload: Buffer) =>
  decodeAttributes(table, payload.subarray(genericHeader));

/**
 * Resolves a family's message type; the kernel loads the family's module where it can.
 * @throws KernelError ENOENT when there is no such family.
 */
export const resolveFamily = (netlink: NetlinkSocket, name: string): number => {
  const operation = `find the netlink family ${name}`;
  const payload = encodeCommand(CTRL_CMD_GETFAMILY, 1, controlAttributes, { familyName: name });
  const [result] = netlink.request([{ operation, type: GENL_ID_CTRL, payload }]);
  if (result === undefined || !result.ok) throw result?.error ?? kernelError(operation, constants.errno.ENOENT);
  const [reply] = result.replies;
  const attributes = reply === undefined ? {} : decodeCommand(controlAttributes, reply.payload);
  if (isMalformed(attributes) || attributes.familyId === undefined)
    throw kernelError(operation, constants.errno.EBADMSG);
  return attributes.familyId;
};
