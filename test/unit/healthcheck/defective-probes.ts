// Probes with every kind of defect, in a process of their own; it prints what became of them.

import { createSocket } from 'node:dgram';
import { EventEmitter } from 'node:events';
import { createServer } from 'node:net';
import { milliseconds, monotonic } from '../../../base/units.ts';
import { attempt } from '../../../healthcheck/attempt.ts';
import { createDefects } from '../../../healthcheck/defects.ts';
import type { Defect } from '../../../healthcheck/messages.ts';
import { LocalFault } from '../../../healthcheck/network-error.ts';
import type { Outcome } from '../../../healthcheck/outcome.ts';
import { makeTarget } from '../../servers/checks.ts';

const told: Defect[] = [];
const flushes: (() => void)[] = [];
const defects = createDefects({
  clock: monotonic,
  arm: (action) => flushes.push(action),
  report: (defect) => told.push(defect),
});
process.on('uncaughtException', defects.take);
process.on('unhandledRejection', defects.take);

const fail = (why: string): never => {
  throw new Error(why);
};
const timeout = milliseconds(300);
const never = (begin: () => void) =>
  attempt('it', timeout, () => {
    begin();
    return () => {};
  });

const probes: Readonly<Record<string, () => Promise<Outcome>>> = {
  'throws at once': () => fail('throws at once'),
  'throws while it begins': () => never(() => fail('throws while it begins')),
  'throws in a timer': () => never(() => void setTimeout(() => fail('throws in a timer'), 5)),
  'throws in an event': () =>
    never(() => {
      const server = createServer().listen(0, () => {
        server.close();
        fail('throws in an event');
      });
    }),
  'an error event that nothing hears': () =>
    never(() => setImmediate(() => new EventEmitter().emit('error', new Error('an error event that nothing hears')))),
  'an error of a callback': () =>
    never(() => {
      const socket = createSocket('udp4');
      socket.connect(1, '127.0.0.1', () => {
        socket.close();
        fail('an error of a callback');
      });
    }),
  'a rejected promise': () => Promise.reject(new Error('a rejected promise')),
  'a promise that nothing awaits': () => never(() => void Promise.reject(new Error('a promise that nothing awaits'))),
  'throws no error': () =>
    never(() =>
      setImmediate(() => {
        throw 'throws no error';
      }),
    ),
  'a fault of this host': () => Promise.reject(new LocalFault('a fault of this host')),
  'a late event': () =>
    attempt('it', timeout, (run) => {
      setImmediate(() => {
        run.succeed();
        setTimeout(() => fail('a late event'), 10);
      });
      return () => {};
    }),
  'is well': () =>
    attempt('it', timeout, (run) => {
      setTimeout(() => run.succeed(), 50);
      return () => {};
    }),
};

const outcomes = await Promise.all(
  Object.entries(probes).map(async ([name, probe]) => [
    name,
    await defects
      .contain(probe)({ ...makeTarget('http', 80), id: name })
      .then(
        ({ ok, error }) => (ok ? 'up' : error),
        (error: Error) => `rejected: ${error.message}`,
      ),
  ]),
);
setTimeout(() => fail('outside of every probe'), 1);
await new Promise((resolve) => setTimeout(resolve, 400));
for (const flush of flushes.splice(0)) flush();
console.log(JSON.stringify({ outcomes, told }));
