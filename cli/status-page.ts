// The status page for people. Pure.

import type { PeerStatus } from '../controller/peers.ts';
import type { ServerStatus, ServiceStatus, Status } from '../controller/status.ts';

import { alignColumns, type Cell, type Paint, right } from './columns.ts';

type RouterStatus = Status['routers'][number];

const ago = (then: number, now: number): string => {
  const seconds = Math.max(0, Math.floor((now - then) / 1000));
  const [minutes, hours, days] = [Math.floor(seconds / 60), Math.floor(seconds / 3600), Math.floor(seconds / 86_400)];
  if (days > 0) return `${days}d ${hours % 24}h`;
  if (hours > 0) return `${hours}h ${minutes % 60}m`;
  return minutes > 0 ? `${minutes}m ${seconds % 60}s` : `${seconds}s`;
};

const inMilliseconds = (span: number): string => `${span < 10 ? span.toFixed(1) : Math.round(span)} ms`;

const stateColours = {
  master: 'green',
  leaving: 'yellow',
  backup: 'cyan',
  candidate: 'cyan',
  initialize: 'red',
} as const;

const routerRows = (routers: readonly RouterStatus[], now: number, paint: Paint): string[] => {
  const header: Cell[] = [
    'ROUTER',
    'STATE',
    'SINCE',
    right('PRIO'),
    'MASTER',
    'ADDRESSES',
    right('SENT'),
    right('HEARD'),
    right('DROPPED'),
    right('LATE'),
    'WHY',
  ];
  const rows = routers.map((router): Cell[] => {
    const { master } = router;
    const other = master === undefined ? '-' : `${master.address} (${master.priority})`;
    const dropped = Object.values(router.dropped).reduce((sum, count) => sum + count, 0);
    return [
      router.name,
      paint(stateColours[router.state], router.aside ? `${router.state}, handed over` : router.state),
      ago(router.since, now),
      right(router.priority),
      router.state === 'master' ? 'this director' : other,
      router.addresses.join(' '),
      right(router.sent),
      right(router.received),
      right(dropped),
      right(inMilliseconds(router.worstLateness)),
      router.reason,
    ];
  });
  return routers.length === 0 ? [] : ['', ...alignColumns([header, ...rows])];
};

const serverRow = (server: ServerStatus, now: number, paint: Paint): Cell[] => {
  const { health, drained, command, weight, configuredWeight } = server;
  const colour = drained ? 'yellow' : health === 'up' ? 'green' : health === 'down' ? 'red' : 'gray';
  const marked = command?.weight === undefined ? '' : `, weight ${command.weight} for ${configuredWeight}`;
  const by = command === undefined ? '' : ` (by command to ${command.by}${marked})`;
  return [
    server.name,
    server.address,
    paint(colour, drained ? `drained, ${health}` : health),
    ago(server.since, now),
    right(weight),
    right(server.activeConnections),
    right(server.inactiveConnections),
    right(server.latency === undefined ? undefined : inMilliseconds(server.latency)),
    `${server.reason}${server.lastError === undefined || server.reason.includes(server.lastError) ? '' : `; last error: ${server.lastError}`}${by}`,
  ];
};

const serviceRows = ({ name, address, scheduler, servers }: ServiceStatus, now: number, paint: Paint): string[] => {
  const header: Cell[] = [
    'SERVER',
    'ADDRESS',
    'STATE',
    'SINCE',
    right('WEIGHT'),
    right('ACTIVE'),
    right('INACTIVE'),
    right('LATENCY'),
    'WHY',
  ];
  const active = servers.reduce((sum, server) => sum + (server.activeConnections ?? 0), 0);
  return [
    '',
    `service ${paint('bold', name)} ${address} ${scheduler}, ${active} active connections`,
    ...alignColumns([header, ...servers.map((server) => serverRow(server, now, paint))], '  '),
  ];
};

const peerRows = (peers: readonly PeerStatus[], now: number, paint: Paint): string[] => {
  const rows = peers.map((peer): Cell[] => [
    peer.director ?? '-',
    peer.address,
    peer.reachable ? paint('green', peer.pending ? 'being told' : 'told') : paint('red', 'not reached'),
    ago(peer.since, now),
    peer.lastError ?? '',
  ]);
  return peers.length === 0 ? [] : ['', ...alignColumns([['PEER', 'ADDRESS', 'COMMANDS', 'SINCE', ''], ...rows])];
};

/** @param now wall time in milliseconds since the epoch. */
export const renderStatus = (status: Status, now: number, paint: Paint): string => {
  const { director, startedAt, configuredAt, processes, routers, services, peers, warnings } = status;
  const { vrrp, healthcheck } = processes;
  const configured = new Date(configuredAt).toISOString().slice(0, 19).replace('T', ' ');
  return `${[
    `director ${paint('bold', director)}, up ${ago(startedAt, now)}, configured ${configured} UTC, vrrp ${vrrp ?? 'not running'}, healthcheck ${healthcheck ?? 'not running'}`,
    ...warnings.map((warning) => paint('yellow', `warning: ${warning}`)),
    ...routerRows(routers, now, paint),
    ...services.flatMap((service) => serviceRows(service, now, paint)),
    ...peerRows(peers, now, paint),
  ].join('\n')}\n`;
};
