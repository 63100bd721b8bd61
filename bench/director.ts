// Whole directors, `node director.js [SERVERS]...`: regent and keepalived with the same services, one after the other, on a
// kernel with IPVS. If this host has none, it runs itself in the small machine.

import { fileURLToPath } from 'node:url';
import { hasIpvs } from '../lab/vm/host-ipvs.ts';
import { runInVm } from '../lab/vm/run-in-vm.ts';
import { removeNamespaces } from '../test/netns/namespaces.ts';
import { renderComparison } from './figures.ts';
import { programs } from './pair.ts';
import { type Figures, measureDirector } from './whole/measures.ts';

const args = process.argv.slice(2);
const sizes = (args.length === 0 ? ['100', '1000', '10000'] : args).map(Number);

const compare = async (servers: number): Promise<void> => {
  const found = new Map<string, Figures>();
  for (const program of programs) found.set(program, await measureDirector(program, servers));
  const [regent, keepalived] = programs.map((program) => found.get(program) ?? new Map<string, number>());
  const rows = [...(regent ?? [])].map(([name, value]) => ({
    name,
    regent: value,
    keepalived: keepalived?.get(name) ?? Number.NaN,
  }));
  process.stdout.write(
    `${servers} real servers, ten a service, each checked by TCP every 5 s\n${renderComparison('less is better', rows)}\n\n`,
  );
};

const run = async (): Promise<number> => {
  if (process.env.REGENT_VM !== '1' && !hasIpvs())
    return await runInVm([process.execPath, fileURLToPath(import.meta.url), ...args], { memoryMegabytes: 3072 });
  try {
    for (const size of sizes) await compare(size);
    return 0;
  } finally {
    removeNamespaces();
  }
};

process.exit(await run());
