// The sockets of BFD sessions: UDP by node:dgram, port 3784, TTL 255 (RFC 5881 4 and 5).

import { createSocket, type Socket } from 'node:dgram';
import { openUdpDescriptor } from '../../kernel/sockets/udp-socket.ts';
import { refusedBy } from '../../kernel/system/libc.ts';
import { familyOf, type IpAddress, parseAddress, unspecified } from '../../net/ip-address.ts';
import type { BfdPorts } from './run-session.ts';

type Listener = (payload: Uint8Array, source: IpAddress) => void;

const controlPort = 3784;
/** RFC 5881 4: source ports come from this range, one per session. */
const [firstSourcePort, lastSourcePort] = [49_152, 65_535];
const sourcePortAttempts = 20;

const wrap = (fd: number, family: 'udp4' | 'udp6'): Socket => {
  // Without a DNS lookup a packet leaves in the turn that sends it, even the last one of a session.
  const socket = createSocket({
    type: family,
    lookup: (address, _options, done) => done(null, address, family === 'udp4' ? 4 : 6),
  });
  // Errors show as silence, which the session detects.
  socket.on('error', () => undefined);
  socket.bind({ fd });
  return socket;
};

const openSender = (address: IpAddress, family: 'udp4' | 'udp6', random: () => number): Socket => {
  for (let attempt = 1; ; attempt += 1) {
    const port = firstSourcePort + Math.floor(random() * (lastSourcePort - firstSourcePort + 1));
    try {
      return wrap(openUdpDescriptor({ address, port }), family);
    } catch (error) {
      if (attempt === sourcePortAttempts || !(error instanceof Error && error.message.includes('EADDRINUSE')))
        throw error;
    }
  }
};

type Receiver = { readonly fd: number; readonly socket: Socket; readonly listeners: Map<string, Listener> };

const openReceiver = (address: IpAddress, family: 'udp4' | 'udp6'): Receiver => {
  const fd = openUdpDescriptor({ address, port: controlPort });
  return { fd, socket: wrap(fd, family), listeners: new Map() };
};

/** Opens the sessions' sockets; sessions of one local address share a receiving socket. */
export const createBfdWire = (random: () => number): BfdPorts['open'] => {
  const receivers = new Map<string, Receiver>();

  const listen = (address: IpAddress, family: 'udp4' | 'udp6', peer: IpAddress, listener: Listener) => {
    const known = receivers.get(address);
    const receiver = known ?? openReceiver(address, family);
    if (known === undefined) {
      receivers.set(address, receiver);
      receiver.socket.on('message', (payload, sender) => {
        const source = parseAddress(sender.address.replace(/%.*$/, ''));
        if (source !== undefined) receiver.listeners.get(source)?.(payload, source);
      });
    }
    receiver.listeners.set(peer, listener);
    return {
      // Sessions receive too little to fill the buffer, so this counts no full buffers.
      refused: () => refusedBy(receiver.fd),
      stop: () => {
        receiver.listeners.delete(peer);
        if (receiver.listeners.size > 0) return;
        receivers.delete(address);
        receiver.socket.close();
      },
    };
  };

  return ({ peer, source }, onPacket) => {
    const family = familyOf(peer) === 'ipv6' ? 'udp6' : 'udp4';
    const address = source ?? unspecified[familyOf(peer)];
    const { refused, stop } = listen(address, family, peer, onPacket);
    try {
      const sender = openSender(address, family, random);
      return {
        send: (payload) => sender.send(payload, controlPort, peer, () => undefined),
        refused,
        close: () => {
          stop();
          sender.close();
        },
      };
    } catch (error) {
      stop();
      throw error;
    }
  };
};
