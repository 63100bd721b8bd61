// The messages in which directors' kernels exchange IPVS connections, made here to send a whole table again. Pure.

import { bytesOf } from '../../net/ip-address.ts';
import { forwardingNumbers, protocolNumbers } from './attributes.ts';
import type { ConnectionEntry, ConnectionProtocol } from './connections.ts';

/** Settings missing from the connection table, from the entry of the connection's service. */
export type SyncSettings = {
  readonly forwarding: keyof typeof forwardingNumbers;
  readonly firewallMark?: number;
};

/** IPPROTO_*; templates of firewall marks have none. */
const numbers: Readonly<Record<ConnectionProtocol, number>> = { ...protocolNumbers, any: 0 };

/** IP_VS_CONN_F_*. The receiving kernel marks connections from user space like those from another kernel. */
const flagInactive = 0x0100;
const flagTemplate = 0x1000;

type StateRule = { readonly number: number; readonly isActive: boolean };

/** IP_VS_TCP_S_*, and whether it counts as active (ip_vs_proto_tcp.c, tcp_state_active_table). Ended connections are not sent. */
const tcpStates: Readonly<Record<string, StateRule>> = {
  ESTABLISHED: { number: 1, isActive: true },
  SYN_SENT: { number: 2, isActive: true },
  SYN_RECV: { number: 3, isActive: true },
  FIN_WAIT: { number: 4, isActive: false },
  CLOSE_WAIT: { number: 7, isActive: false },
  LAST_ACK: { number: 8, isActive: false },
  SYNACK: { number: 10, isActive: true },
};
/** IP_VS_SCTP_S_ESTABLISHED and the later states. */
const sctpStates: Readonly<Record<string, StateRule>> = {
  ESTABLISHED: { number: 8, isActive: true },
  'S-SENT': { number: 9, isActive: false },
  'S-RECEIVED': { number: 10, isActive: false },
  'S-ACK-SENT': { number: 11, isActive: false },
};
/** IP_VS_UDP_S_NORMAL */
const udpStates: Readonly<Record<string, StateRule>> = { UDP: { number: 0, isActive: true } };
/** IP_VS_CTPL_S_* */
const templateStates: Readonly<Record<string, StateRule>> = {
  NONE: { number: 0, isActive: true },
  ASSURED: { number: 1, isActive: true },
};

const states: { readonly [Protocol in ConnectionProtocol]: Readonly<Record<string, StateRule>> } = {
  tcp: tcpStates,
  udp: udpStates,
  sctp: sctpStates,
  any: {},
};

const stateOf = ({ isTemplate, protocol, state }: ConnectionEntry): StateRule | undefined =>
  (isTemplate ? templateStates : states[protocol])[state];

/** Whether losing the entry cuts a connection: true for established ones; templates and datagrams recover. */
export const isEstablished = (entry: ConnectionEntry): boolean =>
  !entry.isTemplate && (entry.protocol === 'tcp' || entry.protocol === 'sctp') && entry.state === 'ESTABLISHED';

/**
 * struct ip_vs_sync_v4 and ip_vs_sync_v6 (net/netfilter/ipvs/ip_vs_sync.c), all in network order:
 * | u8 family | u8 protocol | u4 version u12 size | u32 flags | u16 state | u16 client port | u16 virtual port |
 * | u16 server port | u32 firewall mark | u32 timeout, seconds | client | virtual address | server: 4 or 16 bytes each |
 */
const encodeConnection = (entry: ConnectionEntry, settings: SyncSettings): Buffer | undefined => {
  const { client, virtual, server, expires, isTemplate } = entry;
  const rule = stateOf(entry);
  const addresses = [client, virtual, server].map(({ address }) => bytesOf(address));
  const [{ length } = Buffer.of()] = addresses;
  if (rule === undefined || length === 0 || addresses.some((one) => one.length !== length)) return undefined;
  const flags =
    forwardingNumbers[settings.forwarding] | (isTemplate ? flagTemplate : 0) | (rule.isActive ? 0 : flagInactive);
  const head = Buffer.alloc(24);
  head.writeUInt8(length === 16 ? 1 : 0, 0);
  head.writeUInt8(numbers[entry.protocol], 1);
  head.writeUInt16BE(24 + 3 * length, 2);
  head.writeUInt32BE(flags, 4);
  head.writeUInt16BE(rule.number, 8);
  for (const [index, { port }] of [client, virtual, server].entries()) head.writeUInt16BE(port, 10 + 2 * index);
  head.writeUInt32BE(settings.firewallMark ?? 0, 16);
  head.writeUInt32BE(Math.max(1, expires), 20);
  return Buffer.concat([head, ...addresses]);
};

/** A backup daemon has at least this buffer in bytes, whatever its configuration. */
const messageLimit = 1024;
const protocolVersion = 1;

/** struct ip_vs_sync_mesg: | u8 0 | u8 sync id | u16 size | u8 connections | u8 version | u16 0 | */
const wrap = (connections: readonly Buffer[], syncId: number): Buffer => {
  const body = Buffer.concat(connections);
  const head = Buffer.of(0, syncId, 0, 0, connections.length, protocolVersion, 0, 0);
  head.writeUInt16BE(body.length + head.length, 2);
  return Buffer.concat([head, body]);
};

/**
 * The messages that send connections to a backup daemon; ended connections, and those it cannot use, are left out.
 * @param settingsOf undefined for a connection without a service
 */
export const encodeSyncMessages = (
  entries: readonly ConnectionEntry[],
  settingsOf: (entry: ConnectionEntry) => SyncSettings | undefined,
  syncId: number,
): Buffer[] => {
  const messages: Buffer[] = [];
  let gathered: Buffer[] = [];
  let length = 8;
  for (const entry of entries) {
    const settings = settingsOf(entry);
    const encoded = settings && encodeConnection(entry, settings);
    if (encoded === undefined) continue;
    if (length + encoded.length > messageLimit || gathered.length === 255) {
      messages.push(wrap(gathered, syncId));
      gathered = [];
      length = 8;
    }
    gathered.push(encoded);
    length += encoded.length;
  }
  if (gathered.length > 0) messages.push(wrap(gathered, syncId));
  return messages;
};
