// A director installed on a bare Debian: its network, its configuration, and what /proc and the kernel say of it.

import { hasIpvs } from '../../lab/vm/host-ipvs.ts';
import { type BareDebian, until } from './bare-debian.ts';

export const vip = '192.168.55.100';

/** An interface for the router, and a real server on the loopback. */
export const layNetwork = ({ must }: BareDebian): void => {
  must('ip link set lo up; ip link add eth0 type veth peer name peer; ip link set eth0 up; ip link set peer up');
  must('ip address add 192.168.55.11/24 dev eth0; ip address add 192.168.66.111/32 dev lo');
};

/** A real server, by the Node that is given. */
export const serve = ({ start }: BareDebian, node: string): void => {
  start(
    `exec ${node} --eval 'require("net").createServer((socket) => socket.on("error", () => {}).end()).listen(80, "192.168.66.111")'`,
  );
};

/** A router, and where the kernel has IPVS a service behind it, whose masquerading needs nftables and settings. */
export const configure = (
  { write }: BareDebian,
  options: {
    readonly priority?: number;
    readonly pings?: boolean;
    readonly weight?: number;
    readonly hold?: string;
  } = {},
): void => {
  const { priority = 150, pings = false, weight = 1, hold = '10s' } = options;
  const check = '{ type: tcp, interval: 500ms, timeout: 400ms, rise: 1 }';
  const checks = pings ? `[${check}, { type: ping, interval: 500ms, timeout: 400ms, rise: 1 }]` : `[${check}]`;
  const services = `virtual_services:
  - name: web
    address: ${vip}:80
    scheduler: wrr
    forwarding: masq
    snat: true
    checks: ${checks}
    real_servers: [{ name: rs0, address: 192.168.66.111:80, weight: ${weight} }]
`;
  write(
    '/etc/regent/regent.yaml',
    `director: lb0
vrrp:
  hold: ${hold}
  routers: [{ name: vip, interface: eth0, virtual_router_id: 51, priority: ${priority}, addresses: [${vip}/32] }]
${hasIpvs() ? services : ''}`,
  );
};

export const hasAddress = ({ run }: BareDebian, name = 'eth0'): boolean =>
  run(`ip -oneline address show dev ${name} | grep -qF ${vip}`).code === 0;

/** IPVS as the kernel lists it, without the connections; empty where there is none. */
export const ipvsOf = ({ run }: BareDebian): string[] =>
  [...run('cat /proc/net/ip_vs').out.matchAll(/^(?:TCP +(\S+:\S+)| {2}-> (\S+:\S+) +Masq +(\d+))/gm)].map((line) =>
    line[0].replaceAll(/ +/g, ' ').trim(),
  );

export const rules = async (director: BareDebian, timeout = 30_000): Promise<void> => {
  await until('it holds the address', () => hasAddress(director), timeout);
  if (hasIpvs())
    await until('its server is up', () => ipvsOf(director).some((line) => /-> .* [1-9]\d*$/.test(line)), timeout);
};

export const mainPid = ({ must }: BareDebian): number =>
  Number(must('systemctl show --property MainPID --value regent'));

export const pidOf = ({ must }: BareDebian, room: 'vrrp' | 'healthcheck'): number =>
  Number(must(`cat /run/regent/${room}.sock.pid`));

/** The files that its processes were started from, of those that are bundles. */
export const programsOf = (debian: BareDebian): string[] =>
  (['healthcheck', 'vrrp'] as const).flatMap((room) =>
    [...debian.must(`tr '\\0' '\\n' </proc/${pidOf(debian, room)}/cmdline`).matchAll(/^.*\/dist\/bundle\/(.*)$/gm)].map(
      ([, file = '']) => file,
    ),
  );

/** Whether a process runs that is another than the one of this pid. */
export const isReplaced = ({ run }: BareDebian, room: 'vrrp' | 'healthcheck', pid: number): boolean => {
  const { code, out } = run(`cat /run/regent/${room}.sock.pid`);
  return code === 0 && Number(out) !== pid;
};

export type Privileges = {
  readonly user: string;
  readonly capabilities: string;
  readonly ambient: string;
  readonly noNewPrivileges: string;
  readonly seccomp: string;
};

/** As /proc/PID/status tells (proc(5)): the sets are hexadecimal, CAP_NET_ADMIN is 1000 and CAP_NET_RAW 2000. */
export const privilegesOf = ({ must }: BareDebian, pid: number): Privileges => {
  const status = must(`cat /proc/${pid}/status`);
  const field = (name: string): string =>
    new RegExp(`^${name}:\\s*(\\w+)`, 'm').exec(status)?.[1]?.replace(/^0+(?=.)/, '') ?? '';
  return {
    user: must(`stat --format %U /proc/${pid}`).trim(),
    capabilities: field('CapEff'),
    ambient: field('CapAmb'),
    noNewPrivileges: field('NoNewPrivs'),
    seccomp: field('Seccomp'),
  };
};

/** Follows the address of the interface. @returns how often it has been removed so far. */
export const watchRemovals = ({ start, run }: BareDebian): (() => number) => {
  start('exec ip -oneline monitor address dev eth0 >/root/addresses');
  return () => Number(run(`grep --count --extended-regexp '^Deleted.* ${vip}/' /root/addresses`).out);
};
