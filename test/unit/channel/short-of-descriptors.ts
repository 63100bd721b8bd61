// A program that connects to a channel (argument 1) while it has no descriptor left, and frees them once it was refused.

import { closeSync, openSync } from 'node:fs';
import { connectChannel } from '../../../channel/connect.ts';

const say = (word: string): void => void process.stdout.write(`${word}\n`);
const path = process.argv[2] ?? '';
// Loads what the output needs, while there are descriptors for it.
say('begins');

const held: number[] = [];
try {
  for (;;) held.push(openSync('/dev/null', 'r'));
} catch (error) {
  say((error as NodeJS.ErrnoException).code ?? 'no code');
}
connectChannel(
  path,
  {
    onConnect: () => {
      say('connects');
      process.exit(0);
    },
    onMessage: () => undefined,
    onDisconnect: ({ detail }) => {
      say(detail);
      process.exit(1);
    },
  },
  { deadline: 5000 },
);
setTimeout(() => {
  for (const fd of held) closeSync(fd);
}, 200);
