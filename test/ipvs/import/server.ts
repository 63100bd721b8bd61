// A program that serves every protocol that a check speaks, each on a port of its own: ADDRESS CERTIFICATE KEY.

import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { createServer as createWebServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createServer } from 'node:net';
import { AUTHORITATIVE_ANSWER, decode, encode } from 'dns-packet';

const [address = '', certificate = '', key = ''] = process.argv.slice(2);

createWebServer((request, response) => {
  response.statusCode = request.url === '/ready' ? 200 : 404;
  response.end('<p>ready 42</p>');
}).listen(8001, address);

createSecureServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (_, response) => {
  response.end('ready');
}).listen(8002, address);

createServer((socket) => socket.destroy()).listen(8003, address);

const datagrams = createSocket('udp4');
datagrams.on('message', (bytes, { address: peer, port }) => {
  datagrams.send(Buffer.concat([Buffer.from('re: '), bytes]), port, peer);
});
datagrams.bind(8004, address);

createServer((socket) => {
  socket.on('error', () => {});
  socket.write('220 mail ESMTP\r\n');
  socket.on('data', (bytes) => {
    const isEnd = /^QUIT/i.test(bytes.toString());
    socket.write(isEnd ? '221 bye\r\n' : '250 mail\r\n');
    if (isEnd) socket.end();
  });
}).listen(8005, address);

const names = createSocket('udp4');
names.on('message', (bytes, { address: peer, port }) => {
  const { id = 0, questions = [] } = decode(bytes);
  const answers = questions.map(({ name }) => ({ type: 'A' as const, name, ttl: 1, data: '192.0.2.1' }));
  names.send(encode({ type: 'response', id, flags: AUTHORITATIVE_ANSWER, questions, answers }), port, peer);
});
names.bind(8006, address);
