// One end of a channel in a process of its own: a test can stop it, and sees what is lost when it ends after its last words.

import { connectChannel } from '../../../channel/connect.ts';
import { listenChannel } from '../../../channel/listen.ts';

const [role, path] = process.argv.slice(2);
const handlers = { onMessage: () => {}, onConnect: () => process.stdout.write('connected\n') };
if (path === undefined) throw new Error('usage: peer.js listen|farewell|connect PATH');
if (role === 'listen') {
  await listenChannel(path, handlers);
  process.stdout.write('listening\n');
} else if (role === 'farewell') {
  const channel = await listenChannel<never, { readonly n: number; readonly filler: string }>(path, {
    onMessage: () => undefined,
    onConnect: () => {
      const filler = 'x'.repeat(1000);
      setImmediate(() => {
        for (let n = 1; n <= 1000; n += 1) channel.send({ n, filler });
        channel.close(() => process.exit(0));
      });
    },
  });
  process.stdout.write('listening\n');
} else {
  connectChannel(path, handlers);
}
