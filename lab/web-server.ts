// A real server's HTTP server: its own process that answers every request with the server's name; `/download` never ends.
//
// Arguments: name, port, delay of each answer in milliseconds, address to listen on. Prints `listening` once it does.

import { once } from 'node:events';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';

const [name = 'unnamed', port = '80', delay = '0', address = '0.0.0.0'] = process.argv.slice(2);
const warmingRequests = 20;
/** Some ten thousand bytes a second, a negligible load even for an emulated processor. */
const downloadEvery = 100;
const lines = 256;

const server = createServer((request, response) => {
  const answer = () => response.end(`${name}\n`);
  request.resume();
  if (request.url === '/download') {
    const timer = setInterval(() => response.write(`${name}\n`.repeat(lines)), downloadEvery);
    response.on('close', () => clearInterval(timer));
    return;
  }
  if (Number(delay) > 0) setTimeout(answer, Number(delay));
  else answer();
});

// A connection silenced by an outage must not be closed as idle.
server.keepAliveTimeout = 900_000;

/** Answers some requests of its own first: on an emulated processor a cold program takes seconds for its first ones. */
const warmUp = async (): Promise<void> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: own } = server.address() as AddressInfo;
  for (let number = 0; number < warmingRequests; number += 1) {
    const request = get({ host: '127.0.0.1', port: own, agent: false });
    const [response] = await once(request, 'response');
    response.resume();
    await once(response, 'end');
  }
  server.close();
  await once(server, 'close');
};

await warmUp();
server.listen({ port: Number(port), host: address, backlog: 4096 }, () => process.stdout.write('listening\n'));
