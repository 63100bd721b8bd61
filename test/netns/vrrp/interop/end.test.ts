// The master ends, in each way it can, and the other of regent and keepalived takes over; then it returns.

import { type Conversation, converse, freeze, kill, type Party, start, stop, thaw } from './conversation.ts';

const other = (party: Party): Party => (party === 'regent' ? 'keepalived' : 'regent');
const ranks = (master: Party) => ({
  regent: { priority: master === 'regent' ? 150 : 100 },
  keepalived: { priority: master === 'keepalived' ? 150 : 100 },
});

const parties: readonly Party[] = ['regent', 'keepalived'];
const rows = parties.flatMap((master): Conversation[] => [
  {
    name: `${master} says farewell and returns`,
    ...ranks(master),
    lines: [
      [start(other(master)), other(master)],
      [start(master), master],
      [stop(master), other(master)],
      [start(master), master],
    ],
    ...(master === 'keepalived' && { logged: /has said farewell/ }),
  },
  {
    name: `${master} is killed`,
    ...ranks(master),
    lines: [
      [start(other(master)), other(master)],
      [start(master), master],
      [kill(master), other(master)],
    ],
  },
  {
    name: `${master} is frozen, and thaws`,
    ...ranks(master),
    lines: [
      [start(other(master)), other(master)],
      [start(master), master],
      [freeze(master), other(master)],
      [thaw(master), master],
    ],
  },
]);

converse('the end of a master, of regent and keepalived', rows);
