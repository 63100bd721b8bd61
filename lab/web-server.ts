// A real server's HTTP server: a process of its own that answers every request with the server's name.

import { createServer } from 'node:http';

const [name = 'unnamed', port = '80', delay = '0'] = process.argv.slice(2);

const server = createServer((request, response) => {
  const answer = () => response.end(`${name}\n`);
  request.resume();
  if (Number(delay) > 0) setTimeout(answer, Number(delay));
  else answer();
});
server.listen(Number(port), '0.0.0.0', () => process.stdout.write('listening\n'));
