// A controller in a process of its own, so that a test can stop it: connects, says `ready`, then sends what it is told in argv.

import { connectChannel } from '../../../channel/connect.ts';
import { listenChannel } from '../../../channel/listen.ts';

const [role, path] = process.argv.slice(2);
const handlers = { onMessage: () => {}, onConnect: () => process.stdout.write('connected\n') };
if (path === undefined) throw new Error('usage: peer.js listen|connect PATH');
if (role === 'listen') {
  await listenChannel(path, handlers);
  process.stdout.write('listening\n');
} else {
  connectChannel(path, handlers);
}
