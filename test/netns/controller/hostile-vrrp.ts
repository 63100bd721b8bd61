// A process in the place of vrrp that says hostile things. Arguments: the socket, the build, and the hostile text.

import { writeFileSync } from 'node:fs';
import { listenChannel } from '../../../channel/listen.ts';

const [, , path = '', build = '', hostile = ''] = process.argv;
const now = Date.now();
const event = (fields: object): object => ({ type: 'event', event: { at: now, ...fields } });
const status = {
  name: 'vip',
  state: hostile,
  reason: hostile,
  priority: 100,
  faults: [hostile],
  priorityChanges: [{ item: hostile, by: 1, reason: hostile }],
  addresses: [hostile],
  dropped: { [hostile]: 1 },
  rivals: [],
  advertisementLateness: {},
};
const messages: unknown[] = [
  event({ type: 'kernel-error', message: hostile }),
  event({ type: 'transition', router: 'vip', from: hostile, to: hostile, reason: { code: 'x', text: hostile } }),
  event({
    type: 'transition',
    router: 'vip',
    from: 'backup',
    to: 'master',
    reason: { code: 'x', text: hostile },
    at: 1e300,
  }),
  event({ type: hostile }),
  event({ type: 'tracked', item: hostile, state: 'down', reason: hostile }),
  { type: 'status', routers: [status] },
  { type: 'status', routers: [{ ...status, name: hostile }, { name: 'vip' }] },
  { type: 'status', routers: hostile },
  { type: 'bfd', sessions: [{ name: hostile, peer: hostile, state: hostile, diagnostic: hostile, dropped: {} }] },
  { type: 'interfaces', interfaces: [{ interface: hostile, dropped: { [hostile]: 1 } }], longestTurn: 1e300 },
  { type: 'will', will: { rules: [], routes: [], addresses: [], farewells: [{ router: hostile }] } },
  { type: hostile },
  { type: '__proto__' },
  [],
  null,
  hostile.repeat(100_000),
];

let say: () => void = () => undefined;
const channel = await listenChannel<unknown, unknown>(
  path,
  { onConnect: () => undefined, onMessage: () => say(), onDisconnect: () => undefined },
  { greeting: { protocol: 1, oldest: 1, build } },
);
say = () => {
  for (const message of messages) channel.send(message);
};
writeFileSync(`${path}.pid`, String(process.pid));
console.log('a hostile vrrp listens');
