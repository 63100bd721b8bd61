// The thread that reads one configuration file: says `begun` once it is loaded, then answers with plain data.

import { parentPort, workerData } from 'node:worker_threads';
import { readConfig } from './load.ts';
import type { ReaderTask } from './result.ts';

parentPort?.postMessage('begun');
const { file, keepsText } = workerData as ReaderTask;
parentPort?.postMessage(readConfig(file, keepsText));
