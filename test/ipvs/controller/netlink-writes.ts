// Counts what is written to the kernel in a namespace by netlink, whoever writes it: an nlmon interface sees every message.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ipvsCommands } from '../../../kernel/ipvs/attributes.ts';
import { decodeMessages, isMalformed, NLM_F_REQUEST } from '../../../kernel/netlink/codec.ts';
import { resolveFamily } from '../../../kernel/netlink/generic-netlink.ts';
import { NETLINK_GENERIC, openNetlink } from '../../../kernel/netlink/socket.ts';
import { type Namespace, until } from '../../netns/namespaces.ts';
import { patience } from './running-director.ts';

const NETLINK_NETFILTER = 12;
// A change of nftables' rules is a batch (include/uapi/linux/netfilter/nfnetlink.h).
const NFNL_MSG_BATCH_BEGIN = 0x10;

export type Exchange = { readonly reads: number; readonly writes: number };
export type NetlinkWrites = {
  /** Requests since the last call: those that change IPVS or nftables, and IPVS's other ones. */
  count(): Exchange;
  remove(): void;
};

/*
 * pcap: 24 bytes; then for each packet 8 bytes of time, its length here, its length on the wire, and itself.
 * Of linktype NETLINK each begins with 16 bytes, the last two the netlink protocol, big-endian.
 */
const packetsOf = (capture: Buffer, from: number): { packets: Buffer[]; end: number } => {
  const packets: Buffer[] = [];
  let offset = Math.max(from, 24);
  while (offset + 16 <= capture.length) {
    const next = offset + 16 + capture.readUInt32LE(offset + 8);
    if (next > capture.length) break;
    packets.push(capture.subarray(offset + 16, next));
    offset = next;
  }
  return { packets, end: offset };
};

export const watchNetlink = async (namespace: Namespace): Promise<NetlinkWrites> => {
  const folder = mkdtempSync(join(tmpdir(), 'regent-nlmon-'));
  const file = join(folder, 'pcap');
  const ipvs = namespace.enter(() => {
    const netlink = openNetlink(NETLINK_GENERIC);
    try {
      return resolveFamily(netlink, 'IPVS');
    } finally {
      netlink.close();
    }
  });
  namespace.run('ip', 'link', 'add', 'nlmon0', 'type', 'nlmon');
  namespace.run('ip', 'link', 'set', 'nlmon0', 'up');
  const tcpdump = spawn(
    'ip',
    [
      'netns',
      'exec',
      namespace.name,
      'tcpdump',
      '-Z',
      'root',
      '-U',
      '--immediate-mode',
      // A frame of the ring holds this much: with room for any message, 2 MB are eight frames, and most messages are lost.
      ...['-s', '8192', '-B', '16384'],
      '-i',
      'nlmon0',
      '-w',
      file,
    ],
    { stdio: 'ignore' },
  );
  const size = (): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  await until(
    'tcpdump captures',
    () => {
      namespace.run('ipvsadm', '-L', '-n');
      return size() > 24;
    },
    patience,
  );
  const reading = new Set<number>(
    Object.entries(ipvsCommands).flatMap(([name, command]) => (name.startsWith('get') ? [command] : [])),
  );
  let offset = 0;
  return {
    count: () => {
      const { packets, end } = packetsOf(readFileSync(file), offset);
      offset = end;
      let [reads, writes] = [0, 0];
      for (const packet of packets) {
        const protocol = packet.readUInt16BE(14);
        const messages = decodeMessages(packet.subarray(16));
        if (isMalformed(messages)) continue;
        for (const { type, flags, payload } of messages) {
          if ((flags & NLM_F_REQUEST) === 0) continue;
          if (protocol === NETLINK_NETFILTER && type === NFNL_MSG_BATCH_BEGIN) writes += 1;
          if (protocol !== NETLINK_GENERIC || type !== ipvs) continue;
          if (reading.has(payload.readUInt8(0))) reads += 1;
          else writes += 1;
        }
      }
      return { reads, writes };
    },
    remove: () => {
      tcpdump.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
