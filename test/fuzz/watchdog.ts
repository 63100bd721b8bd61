// Ends the process where one input takes seconds: a thread sees what the busy one cannot say, and prints the input.

import { Worker } from 'node:worker_threads';

const mostBytes = 4096;
/** In milliseconds. */
const patience = 10_000;

const program = `
const { workerData, parentPort } = require('node:worker_threads');
const { counters, bytes, patience } = workerData;
let [last, since] = [-1, Date.now()];
setInterval(() => {
  const count = Atomics.load(counters, 0);
  if (count !== last) [last, since] = [count, Date.now()];
  else if (count > 0 && Date.now() - since > patience) {
    const input = Buffer.from(bytes.slice(0, Atomics.load(counters, 1)));
    require('node:fs').writeSync(2, 'an input does not end: ' + input.toString('hex') + '\\n');
    process.kill(process.pid, 'SIGKILL');
  }
}, 500);
`;

export type Watchdog = { readonly note: (input: Buffer) => void; readonly close: () => void };

export const startWatchdog = (): Watchdog => {
  const counters = new Int32Array(new SharedArrayBuffer(8));
  const bytes = new Uint8Array(new SharedArrayBuffer(mostBytes));
  const worker = new Worker(program, { eval: true, workerData: { counters, bytes, patience } });
  worker.unref();
  return {
    note: (input) => {
      const part = input.subarray(0, mostBytes);
      bytes.set(part);
      Atomics.store(counters, 1, part.length);
      Atomics.add(counters, 0, 1);
    },
    close: () => void worker.terminate(),
  };
};
