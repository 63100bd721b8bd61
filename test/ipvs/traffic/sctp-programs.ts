// A server and a client of SCTP, which Node does not speak: scripts that call the C library. Each is bound to one address, so
// that neither offers the other its further ones.

const calls = `
  const koffi = require('koffi');
  const libc = koffi.load(null);
  const socket = libc.func('int socket(int, int, int)');
  const [bind, connect] = ['bind', 'connect'].map((name) => libc.func('int ' + name + '(int, const void *, uint32_t)'));
  const listen = libc.func('int listen(int, int)');
  const accept = libc.func('int accept(int, void *, void *)');
  const send = libc.func('intptr_t send(int, const void *, size_t, int)');
  const recv = libc.func('intptr_t recv(int, void *, size_t, int)');
  const close = libc.func('int close(int)');
  const setsockopt = libc.func('int setsockopt(int, int, int, const void *, uint32_t)');
  const must = (what, result) => { if (result < 0) throw new Error(what + ': ' + koffi.errno()); return result; };
  const addressOf = (address, port) => {
    const bytes = Buffer.alloc(16);
    bytes.writeUInt8(2, 0);
    bytes.writeUInt16BE(port, 2);
    bytes.set(address.split('.').map(Number), 4);
    return bytes;
  };
  const open = (address, port) => {
    const fd = must('socket', socket(2, 1, 132));
    must('bind', bind(fd, addressOf(address, port), 16));
    return fd;
  };`;

/** Serves one association after the other. Arguments: name, address, port. Prints a line when it listens. */
const server = (serve: string): string => `${calls}
  const [name, address, port] = process.argv.slice(1);
  const fd = open(address, Number(port));
  must('listen', listen(fd, 16));
  require('node:fs').writeSync(1, 'up\\n');
  const answer = (client) => send(client, Buffer.from(name), name.length, 0);
  const receive = (client) => recv(client, Buffer.alloc(64), 64, 0);
  for (;;) {
    const client = must('accept', accept(fd, null, null));
    ${serve}
    close(client);
  }`;

/** Answers each association by its name, at once. */
export const sctpServer = server('answer(client); receive(client);');

/** Answers each message by its name. */
export const sctpEcho = server('while (receive(client) > 0) answer(client);');

/** Connects one time after the other and prints each answer. Arguments: address, port, its own address, how many times. */
export const sctpClient = `${calls}
  const [address, port, own, count] = process.argv.slice(1);
  const limit = Buffer.alloc(16);
  limit.writeBigInt64LE(10n);
  for (let time = 0; time < Number(count); time += 1) {
    const fd = open(own, 0);
    for (const option of [20, 21]) setsockopt(fd, 1, option, limit, 16);
    const answer = Buffer.alloc(64);
    const length = connect(fd, addressOf(address, Number(port)), 16) < 0 ? -1 : Number(recv(fd, answer, 64, 0));
    console.log(length < 0 ? 'error ' + koffi.errno() : answer.toString('utf8', 0, length));
    close(fd);
  }`;

/** Keeps associations by number: `open N`, `ask N`, `close N`, each answered by a line. */
export const sctpKeeper = (address: string, port: number, own: string): string => `${calls}
  const limit = Buffer.alloc(16);
  limit.writeBigInt64LE(4n);
  const known = new Map();
  const ask = (fd) => {
    const answer = Buffer.alloc(64);
    if (send(fd, Buffer.from('x'), 1, 0) < 0) return 'error ' + koffi.errno();
    const length = Number(recv(fd, answer, 64, 0));
    return length > 0 ? answer.toString('utf8', 0, length) : 'error ' + koffi.errno();
  };
  const deeds = {
    open: (number) => {
      const fd = open('${own}', 0);
      for (const option of [20, 21]) setsockopt(fd, 1, option, limit, 16);
      if (connect(fd, addressOf('${address}', ${port}), 16) < 0) return 'error ' + koffi.errno();
      known.set(number, fd);
      return ask(fd);
    },
    ask: (number) => ask(known.get(number)),
    close: (number) => { close(known.get(number)); return 'closed'; },
  };
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const [deed, number] = line.split(' ');
    console.log(deeds[deed](number));
  });`;
