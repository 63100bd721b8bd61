// A DNS server for one record, by UDP and TCP on one port, with the faults that a test asks for.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { type Answer, AUTHORITATIVE_ANSWER, decode, encode, type Packet } from 'dns-packet';
import { type Listening, listen } from './listening.ts';

export type DnsBehaviour = {
  /** The response code's number (RFC 1035, section 4.1.1). */
  readonly rcode?: number;
  readonly answers?: readonly Answer[];
  readonly delay?: number;
  readonly isSilent?: boolean;
  /** Changes the answer's bytes before they leave. */
  readonly distort?: (bytes: Buffer) => Buffer;
  readonly truncates?: boolean;
};

const TRUNCATED = 1 << 9;

const answerTo = (bytes: Buffer, { rcode = 0, answers = [], truncates = false, distort }: DnsBehaviour): Buffer => {
  const { id = 0, questions = [] } = decode(bytes);
  const flags = AUTHORITATIVE_ANSWER | rcode | (truncates ? TRUNCATED : 0);
  const packet: Packet = { type: 'response', id, flags, questions, answers: truncates ? [] : [...answers] };
  const encoded = encode(packet);
  return distort?.(encoded) ?? encoded;
};

export const startDnsServer = async (behaviour: DnsBehaviour = {}): Promise<Listening> => {
  const { delay = 0, isSilent = false } = behaviour;
  const stream = await listen(
    createServer((socket) => {
      socket.on('data', (chunk) => {
        if (isSilent) return;
        const answer = answerTo(chunk.subarray(2), { ...behaviour, truncates: false });
        const head = Buffer.alloc(2);
        head.writeUInt16BE(answer.length);
        // In pieces, as a stream may come.
        setTimeout(() => {
          if (!socket.writable) return;
          socket.write(Buffer.concat([head, answer.subarray(0, 5)]));
          setImmediate(() => socket.writable && socket.write(answer.subarray(5)));
        }, delay);
      });
    }),
  );
  const datagrams = createSocket('udp4');
  datagrams.bind(stream.port, '127.0.0.1');
  await once(datagrams, 'listening');
  let isOpen = true;
  datagrams.on('message', (bytes, { port, address }) => {
    if (isSilent) return;
    setTimeout(() => isOpen && datagrams.send(answerTo(bytes, behaviour), port, address), delay);
  });
  return {
    port: stream.port,
    close: () => {
      isOpen = false;
      datagrams.close();
      stream.close();
    },
  };
};
