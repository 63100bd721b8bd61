// The generation number of the kernel's nftables rules: while it is unchanged, so are the rules.

import { constants } from 'node:os';
import { decodeAttributes, isMalformed } from '../netlink/codec.ts';
import { openNetlink } from '../netlink/socket.ts';
import { kernelError } from '../system/error.ts';

/*
 * include/uapi/linux/netfilter/nfnetlink.h, nf_tables.h
 *   struct nfgenmsg: | family | version | resource id (big-endian) | attributes
 */
const NETLINK_NETFILTER = 12;
const NFNL_SUBSYS_NFTABLES = 10;
const NFT_MSG_GETGEN = 16;
const headerLength = 4;
// NFTA_GEN_ID, big-endian.
const generationAttributes = { id: [1, 'bytes'] } as const;

/**
 * Reads the generation of the nftables rules of this thread's network namespace.
 * @throws KernelError where the kernel has no nftables, or does not permit it.
 */
export const readNftablesGeneration = (): number => {
  const operation = 'read the generation of nftables';
  const netlink = openNetlink(NETLINK_NETFILTER);
  try {
    const type = (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_GETGEN;
    const [result] = netlink.request([{ operation, type, payload: Buffer.alloc(headerLength) }]);
    if (result === undefined || !result.ok) throw result?.error ?? kernelError(operation, constants.errno.EBADMSG);
    const [reply] = result.replies;
    const values =
      reply === undefined ? {} : decodeAttributes(generationAttributes, reply.payload.subarray(headerLength));
    if (isMalformed(values) || values.id?.length !== 4) throw kernelError(operation, constants.errno.EBADMSG);
    return values.id.readUInt32BE();
  } finally {
    netlink.close();
  }
};
