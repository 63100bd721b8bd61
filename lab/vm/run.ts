// Command line: node dist/lab/vm/run.js [--exchange DIR]... -- COMMAND ARGUMENT...

import { parseArgs } from 'node:util';
import { runInVm } from './run-in-vm.ts';

const main = async (): Promise<number> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { exchange: { type: 'string', multiple: true }, memory: { type: 'string', default: '2048' } },
  });
  return await runInVm(positionals, { exchange: values.exchange ?? [], memoryMegabytes: Number(values.memory) });
};

process.exitCode = await main();
