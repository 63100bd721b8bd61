// The generic netlink family IPVS of one network namespace: sends commands, reads tables, counts writes.

import { constants } from 'node:os';
import { type AttributeTable, type AttributeValues, attributeDecoder, isMalformed } from '../netlink/codec.ts';
import { decodeCommand, encodeCommand, genericHeader, resolveFamily } from '../netlink/generic-netlink.ts';
import type { Result } from '../netlink/request.ts';
import { NETLINK_GENERIC, openNetlink } from '../netlink/socket.ts';
import { KernelError, kernelError } from '../system/error.ts';
import { commandAttributes, ipvsCommands, ipvsFamily } from './attributes.ts';

export type CommandValues = AttributeValues<typeof commandAttributes>;

/** One command; `operation` is its name in errors. */
export type Command = {
  readonly operation: string;
  readonly command: keyof typeof ipvsCommands;
  readonly values: CommandValues;
};

export type IpvsFamily = {
  /** Sends writing commands in one batch. */
  write(commands: readonly Command[]): Result[];
  /** Reads a table. @throws KernelError */
  list(command: Command): CommandValues[];
  /** Reads one entry of a table. @throws KernelError */
  find(command: Command): CommandValues | undefined;
  /** Reads a table, each entry undecoded behind its generic netlink header. @throws KernelError */
  dump(command: Command): Buffer[];
  /** Reads one entry of a table, undecoded. @throws KernelError */
  fetch(command: Command): Buffer | undefined;
  /** Sends a command with a single answer. @throws KernelError */
  ask<Table extends AttributeTable>(command: Command, table: Table): AttributeValues<Table>;
  /** Whether the kernel has the family under the same number: after ip_vs was unloaded it has another. Loads ip_vs if it can. */
  isCurrent(): boolean;
  /** Commands written since it was opened. */
  writes(): number;
  close(): void;
};

/** Opens the family in this thread's network namespace; the kernel loads ip_vs if it can. @throws KernelError */
export const openIpvsFamily = (): IpvsFamily => {
  const netlink = openNetlink(NETLINK_GENERIC);
  let written = 0;
  const open = (): number => {
    try {
      return resolveFamily(netlink, ipvsFamily.name);
    } catch (error) {
      netlink.close();
      throw error;
    }
  };
  const type = open();
  const decode = attributeDecoder(commandAttributes);
  /** Decodes the attributes behind a message's generic netlink header. */
  const read = (operation: string, payload: Buffer): CommandValues => {
    const decoded = decode(payload.subarray(genericHeader));
    if (isMalformed(decoded)) throw kernelError(operation, constants.errno.EBADMSG);
    return decoded;
  };
  const request = ({ operation, command, values }: Command) => ({
    operation,
    type,
    payload: encodeCommand(ipvsCommands[command], ipvsFamily.version, commandAttributes, values),
  });
  const dump = (command: Command): Buffer[] => netlink.dump(request(command)).map(({ payload }) => payload);
  const fetch = (command: Command): Buffer | undefined => {
    const [result] = netlink.request([request(command)]);
    if (result === undefined || !result.ok)
      throw result?.error ?? kernelError(command.operation, constants.errno.EBADMSG);
    return result.replies[0]?.payload;
  };
  return {
    write: (commands) => {
      written += commands.length;
      return netlink.request(commands.map(request));
    },
    dump,
    fetch,
    list: (command) => dump(command).map((payload) => read(command.operation, payload)),
    find: (command) => {
      const payload = fetch(command);
      return payload === undefined ? undefined : read(command.operation, payload);
    },
    ask: (command, table) => {
      const [result] = netlink.request([request(command)]);
      const [reply] = result?.ok ? result.replies : [];
      if (reply === undefined)
        throw result?.ok === false ? result.error : kernelError(command.operation, constants.errno.EBADMSG);
      const decoded = decodeCommand(table, reply.payload);
      if (isMalformed(decoded)) throw kernelError(command.operation, constants.errno.EBADMSG);
      return decoded;
    },
    isCurrent: () => {
      try {
        return resolveFamily(netlink, ipvsFamily.name) === type;
      } catch (error) {
        return !(error instanceof KernelError && error.code === 'ENOENT');
      }
    },
    writes: () => written,
    close: netlink.close,
  };
};
