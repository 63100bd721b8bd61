// Many routers, configured for regent and for keepalived alike.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dump } from 'js-yaml';
import type { Host } from '../../test/netns/vrrp/hosts.ts';
import { type ManyRouter, routersOf, type Shape } from '../../test/netns/vrrp/many-routers.ts';
import type { Program } from '../pair.ts';

const regent = fileURLToPath(new URL('../../cli/regent.js', import.meta.url));

const configureRegent = (host: Host, routers: readonly ManyRouter[], priority: number): string[] => {
  const path = join(host.directory, 'regent.yaml');
  const list = routers.map(({ id, excluded, ...router }) => ({
    ...router,
    virtual_router_id: id,
    priority,
    ...(excluded.length > 0 && { excluded }),
  }));
  writeFileSync(path, dump({ director: host.directory.slice(-3), vrrp: { routers: list }, log: { format: 'json' } }));
  return [process.execPath, regent, 'run', '-c', path];
};

const configureKeepalived = (host: Host, routers: readonly ManyRouter[], priority: number): string[] => {
  const path = join(host.directory, 'keepalived.conf');
  const block = (name: string, addresses: readonly string[]): string =>
    addresses.length === 0 ? '' : `  ${name} {\n${addresses.map((one) => `    ${one}\n`).join('')}  }\n`;
  const instances = routers.map(
    (router) => `vrrp_instance ${router.name} {
  state BACKUP
  interface ${router.interface}
  virtual_router_id ${router.id}
  priority ${priority}
  advert_int 1
${block('virtual_ipaddress', router.addresses)}${block('virtual_ipaddress_excluded', router.excluded)}}
`,
  );
  // It would kill itself: a thousand addresses take it longer than its default limit.
  const scheduling = '  vrrp_rt_priority 50\n  vrrp_rlimit_rttime 10000000\n  vrrp_no_swap\n';
  writeFileSync(path, `global_defs {\n  vrrp_version 3\n${scheduling}}\n${instances.join('')}`);
  return ['/usr/sbin/keepalived', '-n', '-l', '-P', '-f', path]
    .concat(['-p', join(host.directory, 'main.pid')])
    .concat(['-r', join(host.directory, 'vrrp.pid')]);
};

/** Writes the configuration of a host. @returns the command that runs it. */
export const configure = (program: Program, host: Host, shape: Shape, priority: number): string[] =>
  (program === 'regent' ? configureRegent : configureKeepalived)(host, routersOf(shape), priority);
