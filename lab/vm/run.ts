// Command line of the virtual machine; `node dist/lab/vm/run.js` alone prints how to use it.

import { parseArgs } from 'node:util';
import { messageOf } from '../../base/error.ts';
import { runInKeptVm } from './kept-session.ts';
import { endKeptVm, keepVm } from './kept-vm.ts';
import { runInVm } from './run-in-vm.ts';

const usage = `usage: node dist/lab/vm/run.js [OPTION]... -- COMMAND [ARGUMENT]...
Runs COMMAND in a small virtual machine whose kernel has IPVS, on this host's files.
  --exchange DIR   a folder that COMMAND may write (all else it writes is forgotten); may be given again
  --memory MB      the machine's memory, 2048 by default
  --keep           run in a machine that stays up, started when there is none
  --terminal       with --keep: give COMMAND this terminal
  --down           end the machine that --keep left
`;

const main = async (): Promise<number> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      exchange: { type: 'string', multiple: true, default: [] },
      memory: { type: 'string', default: '2048' },
      keep: { type: 'boolean', default: false },
      terminal: { type: 'boolean', default: false },
      down: { type: 'boolean', default: false },
    },
  });
  const { exchange, terminal } = values;
  const memoryMegabytes = Number(values.memory);
  if (values.down) {
    await endKeptVm();
    return 0;
  }
  if (positionals.length === 0 || !Number.isInteger(memoryMegabytes)) {
    process.stderr.write(usage);
    return 2;
  }
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const options = { exchange, memoryMegabytes, say };
  return values.keep
    ? await runInKeptVm(await keepVm(options), positionals, { terminal })
    : await runInVm(positionals, options);
};

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n`);
  return 1;
});
