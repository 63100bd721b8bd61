// The thread that reads one configuration file: says `begun` once it is loaded, then answers with plain data.

import { parentPort, workerData } from 'node:worker_threads';
import { readConfig } from './load.ts';

parentPort?.postMessage('begun');
parentPort?.postMessage(readConfig(String(workerData)));
