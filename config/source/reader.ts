// The thread that reads one configuration file and answers with plain data.

import { parentPort, workerData } from 'node:worker_threads';
import { readConfig } from './load.ts';

parentPort?.postMessage(readConfig(String(workerData)));
