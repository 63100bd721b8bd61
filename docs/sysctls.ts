// The page of the kernel settings that a director makes, generated from what it would set for each kind of configuration.

import { writeTable } from '../config/pages/markdown.ts';
import { parseConfig } from '../config/source/load.ts';
import { formatProblems } from '../config/source/problem.ts';
import { interfaceSysctls, type WantedSysctl, wantedSysctls } from '../controller/sysctls.ts';

const masquerading = (keys: string, server = '192.168.66.111:80', address = '192.168.55.100:80'): string =>
  `virtual_services: [{ name: web, address: "${address}", real_servers: [{ address: "${server}" }]${keys} }]`;
const plain = masquerading(', forwarding: direct', '192.168.55.111');

const atAnycast = (protocol: string): string =>
  `${masquerading(`, forwarding: direct, scheduler: mh, protocol: ${protocol}`, '192.168.55.111', '192.0.2.10:80')}\nanycast: { addresses: [{ name: any, addresses: [192.0.2.10] }] }`;

/** Kinds of configurations, each after those it extends. */
const kinds: readonly (readonly [when: string, text: string, keys?: string, length?: string])[] = [
  ['IPv4 addresses with a length below 32', '', '', '24'],
  ['`virtual_mac`', '', ', virtual_mac: true'],
  ['with virtual services', plain],
  ['NAT over IPv4', masquerading('')],
  ['NAT over IPv6', masquerading('', '[fd00::1]:80', '[fd00::64]:80')],
  ['`snat`', masquerading(', snat: true')],
  ['`persistence`', masquerading(', forwarding: direct, persistence: {}', '192.168.55.111')],
  ['TCP at an address of `anycast`', atAnycast('tcp')],
  ['SCTP at an address of `anycast`', atAnycast('sctp')],
  ['`connection_sync`', `${plain}\nconnection_sync: { interface: IFACE, sync_id: 1 }`],
];

const wantedOf = (text: string, keys: string, length: string): readonly WantedSysctl[] => {
  const router = `{ name: vip, interface: IFACE, virtual_router_id: 51, addresses: [192.168.55.100/${length}]${keys} }`;
  const parsed = parseConfig(`director: lb0\nvrrp: { routers: [${router}] }\n${text}\n`, 'kinds');
  if (!parsed.ok) throw new Error(formatProblems(parsed.problems));
  return [...interfaceSysctls(parsed.config), ...wantedSysctls(parsed.config)];
};

export const writeSysctls = (): string => {
  const listed = new Set<string>();
  const rows = kinds.flatMap(([when, text, keys = '', length = '32']) =>
    wantedOf(text, keys, length).flatMap(({ name, value, reason }) => {
      if (listed.has(name)) return [];
      listed.add(name);
      return [[when, `\`${name}\``, `\`${value}\``, reason]];
    }),
  );
  return `# Kernel settings

Kernel settings that a director changes when it starts and restores when it stops, with their reasons. It logs each change with the
value before. IFACE stands for each interface of a virtual router, which is set up as soon as it exists. Interfaces that regent
creates for \`virtual_mac\` have further settings, which are logged too.

${writeTable([['when', 'setting', 'value', 'why'], ...rows])}

Real servers need their own settings for direct routing and tunnels: [forwarding](forwarding.md). This page is made by
\`npm run docs\` from the program.
`;
};
