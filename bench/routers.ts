// Many routers, addresses and interfaces: regent and keepalived one after the other, each on two hosts in namespaces.
// `node routers.js [SHAPE]...`, for instance `node routers.js addresses`

import { execFileSync } from 'node:child_process';
import { createNamespace, removeNamespaces } from '../test/netns/namespaces.ts';
import type { Shape } from '../test/netns/vrrp/many-routers.ts';
import { renderComparison } from './figures.ts';
import { type Figures, measureMany } from './many/measures.ts';
import { programs } from './pair.ts';

const shapes: Readonly<Record<string, Shape>> = {
  routers: { name: '255 routers on one interface', interfaces: 1, routersEach: 255, addressesEach: 1 },
  addresses: { name: '1 router, 1,000 addresses', interfaces: 1, routersEach: 1, addressesEach: 1000 },
  interfaces: { name: '20 interfaces x 10 routers', interfaces: 20, routersEach: 10, addressesEach: 1 },
  vlans: { name: '20 VLAN interfaces x 10 routers', interfaces: 20, vlans: true, routersEach: 10, addressesEach: 1 },
};

const hasVlans = (): boolean => {
  const namespace = createNamespace('vlans');
  try {
    const ip = (...words: string[]): void =>
      void execFileSync('ip', ['-n', namespace.name, ...words], { stdio: 'ignore' });
    // Loopback takes no VLANs on any kernel.
    ip('link', 'add', 'wire', 'type', 'veth', 'peer', 'name', 'end');
    ip('link', 'add', 'link', 'wire', 'name', 'vlan', 'type', 'vlan', 'id', '5');
    return true;
  } catch {
    return false;
  } finally {
    namespace.remove();
  }
};

const compare = async (shape: Shape): Promise<void> => {
  if (shape.vlans && !hasVlans()) {
    process.stdout.write(`${shape.name}: left out, since this kernel has no VLAN interfaces\n\n`);
    return;
  }
  const found = new Map<string, Figures>();
  for (const program of programs) {
    const figures = await measureMany(program, shape);
    found.set(program, figures);
    process.stderr.write(`${program}: ${JSON.stringify(Object.fromEntries(figures))}\n`);
  }
  const rows = [...(found.get('regent') ?? [])].map(([name, regent]) => ({
    name,
    regent,
    keepalived: found.get('keepalived')?.get(name) ?? Number.NaN,
  }));
  process.stdout.write(`${shape.name}\n${renderComparison('less is better', rows)}\n\n`);
};

const named = process.argv.slice(2);
try {
  for (const name of named.length === 0 ? Object.keys(shapes) : named) {
    const shape = shapes[name];
    if (shape === undefined) throw new Error(`no such shape: ${name}; there are ${Object.keys(shapes).join(', ')}`);
    await compare(shape);
  }
} finally {
  removeNamespaces();
}
process.exit(0);
