// IPVS's generic netlink family, declared as tables: commands, attributes, flags (include/uapi/linux/ip_vs.h).

import type { AttributeTable } from '../netlink/codec.ts';

export const ipvsFamily = { name: 'IPVS', version: 1 } as const;

/** enum IPVS_CMD_* */
export const ipvsCommands = {
  newService: 1,
  setService: 2,
  deleteService: 3,
  getService: 4,
  newDestination: 5,
  setDestination: 6,
  deleteDestination: 7,
  getDestination: 8,
  newDaemon: 9,
  deleteDaemon: 10,
  getDaemon: 11,
  setConfig: 12,
  getConfig: 13,
  getInfo: 15,
} as const;

/** enum IPVS_STATS_ATTR_*, as in STATS64 since Linux 4.1. */
const statistics = {
  connections: [1, 'u64'],
  inPackets: [2, 'u64'],
  outPackets: [3, 'u64'],
  inBytes: [4, 'u64'],
  outBytes: [5, 'u64'],
} as const satisfies AttributeTable;

/** enum IPVS_SVC_ATTR_* */
export const serviceAttributes = {
  family: [1, 'u16'],
  protocol: [2, 'u16'],
  // Always 16 bytes when read; an IPv4 address is in the first four.
  address: [3, 'bytes'],
  port: [4, 'u16be'],
  firewallMark: [5, 'u32'],
  scheduler: [6, 'string'],
  // struct ip_vs_flags: flags, and a mask of the flags to set.
  flags: [7, 'bytes'],
  timeout: [8, 'u32'],
  // IPv4: a mask in network order; IPv6: a prefix length in machine order.
  netmask: [9, 'bytes'],
  engine: [11, 'string'],
  statistics: [12, statistics],
} as const satisfies AttributeTable;

/** enum IPVS_DEST_ATTR_* */
export const destinationAttributes = {
  address: [1, 'bytes'],
  port: [2, 'u16be'],
  forwarding: [3, 'u32'],
  weight: [4, 'u32'],
  upperThreshold: [5, 'u32'],
  lowerThreshold: [6, 'u32'],
  activeConnections: [7, 'u32'],
  inactiveConnections: [8, 'u32'],
  family: [11, 'u16'],
  statistics: [12, statistics],
  tunnelType: [13, 'u8'],
  tunnelPort: [14, 'u16be'],
  tunnelFlags: [15, 'u16'],
} as const satisfies AttributeTable;

/** enum IPVS_DAEMON_ATTR_* */
export const daemonAttributes = {
  state: [1, 'u32'],
  interface: [2, 'string'],
  syncId: [3, 'u32'],
  maxLength: [4, 'u16'],
  group: [5, 'bytes'],
  group6: [6, 'bytes'],
  port: [7, 'u16'],
  ttl: [8, 'u8'],
} as const satisfies AttributeTable;

/** enum IPVS_CMD_ATTR_* */
export const commandAttributes = {
  service: [1, serviceAttributes],
  destination: [2, destinationAttributes],
  daemon: [3, daemonAttributes],
  // Seconds.
  tcpTimeout: [4, 'u32'],
  tcpFinTimeout: [5, 'u32'],
  udpTimeout: [6, 'u32'],
} as const satisfies AttributeTable;

/** enum IPVS_INFO_ATTR_* */
export const infoAttributes = {
  version: [1, 'u32'],
  connectionTableSize: [2, 'u32'],
} as const satisfies AttributeTable;

/** IP_VS_CONN_F_*, the values under IP_VS_CONN_F_FWD_MASK. */
export const forwardingNumbers = { masq: 0, local: 1, tunnel: 2, direct: 3, bypass: 4 } as const;
export const forwardingMask = 0x7;

/** IPPROTO_* */
export const protocolNumbers = { tcp: 6, udp: 17, sctp: 132 } as const;

/** IP_VS_SVC_F_*. SCHED1 and SCHED2 depend on the scheduler; for sh and mh: a fallback, and hashing the port too. */
export const serviceFlags = { persistent: 0x1, onePacket: 0x4, fallback: 0x8, port: 0x10 } as const;

/** IP_VS_CONN_F_TUNNEL_TYPE_* */
export const tunnelNumbers = { ipip: 0, gue: 1, gre: 2 } as const;

/** IP_VS_TUNNEL_ENCAP_FLAG_* */
export const tunnelChecksums = { none: 0, full: 1, remote: 2 } as const;

/** IP_VS_STATE_* */
export const daemonStates = { master: 1, backup: 2 } as const;
