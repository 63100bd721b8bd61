// The status page for people. Pure.

import { formatAge } from '../base/age.ts';
import type { ServerStatus, ServiceStatus, Status } from '../controller/control/status.ts';
import type { PeerStatus } from '../controller/peers/peers.ts';
import type { Session } from '../routing/engine-state.ts';
import { alignColumns, alignNotes, type Cell, type NotedRow, type Paint, right, wrap } from './columns.ts';

type RouterStatus = Status['routers'][number];

/** Empty where it is not known. */
const describeAge = (lasted: number | undefined): string => (lasted === undefined ? '' : formatAge(lasted));

const inMilliseconds = (span: number): string => `${span < 10 ? span.toFixed(1) : Math.round(span)} ms`;

const stateColours = {
  master: 'green',
  leaving: 'yellow',
  backup: 'cyan',
  candidate: 'cyan',
  initialize: 'red',
} as const;

/** How the advertised priority follows from the configured one. */
const describePriority = ({ priority, basePriority, priorityChanges }: RouterStatus): string[] =>
  priority === basePriority && priorityChanges.length === 0
    ? []
    : [
        `priority ${priority} instead of ${basePriority}: ${priorityChanges
          .map(({ item, by, reason }) => `${by < 0 ? '' : '+'}${by} because ${item} ${reason}`)
          .join(', ')}`,
      ];

/** An older vrrp process, not yet replaced, sends no routes and rules. */
const describeRouting = (kind: 'route' | 'rule', entries: readonly string[] = []): string[] =>
  entries.length === 0 ? [] : [`${kind}${entries.length === 1 ? '' : 's'} ${entries.join(', ')}`];

const routerRows = (routers: readonly RouterStatus[], width: number, paint: Paint): string[] => {
  const header = {
    cells: [
      'ROUTER',
      'STATE',
      'SINCE',
      right('PRIO'),
      'MASTER',
      right('SENT'),
      right('HEARD'),
      right('DROPPED'),
      right('LATE'),
    ],
    notes: ['WHY'],
  };
  const rows = routers.map((router): NotedRow => {
    const { master } = router;
    const other = master === undefined ? '-' : `${master.address} (${master.priority})`;
    const dropped = Object.values(router.dropped).reduce((sum, count) => sum + count, 0);
    const cells = [
      router.name,
      paint(stateColours[router.state], router.aside ? `${router.state}, handed over` : router.state),
      describeAge(router.lasted),
      right(router.priority),
      router.state === 'master' ? 'this director' : other,
      right(router.sent),
      right(router.received),
      right(dropped),
      right(inMilliseconds(router.worstLateness)),
    ];
    const held = [
      router.addresses.join(' '),
      ...describeRouting('route', router.routes),
      ...describeRouting('rule', router.rules),
    ];
    return { cells, notes: [router.reason, ...describePriority(router), ...held] };
  });
  return routers.length === 0 ? [] : ['', ...alignNotes(header, rows, width)];
};

const describeCommand = ({ command, configuredWeight }: ServerStatus): string[] => {
  if (command === undefined) return [];
  const weight = command.weight === undefined ? '' : `weight ${command.weight} instead of ${configuredWeight} `;
  return [`${weight}by command on ${command.by}`];
};

const serverRow = (server: ServerStatus, paint: Paint): NotedRow => {
  const { health, drained, weight, reason, lastError } = server;
  const colour = drained ? 'yellow' : health === 'up' ? 'green' : health === 'down' ? 'red' : 'gray';
  const cells = [
    server.name,
    server.address,
    paint(colour, drained ? `drained, ${health}` : health),
    describeAge(server.lasted),
    right(weight),
    right(server.activeConnections),
    right(server.inactiveConnections),
    right(server.latency === undefined ? undefined : inMilliseconds(server.latency)),
  ];
  const error = lastError === undefined || reason.includes(lastError) ? [] : [`last error: ${lastError}`];
  const added = server.added === undefined ? [] : [`added by command on ${server.added.by}, not in the file`];
  return { cells, notes: [reason, ...error, ...added, ...describeCommand(server)] };
};

const serviceRows = (service: ServiceStatus, width: number, paint: Paint): string[] => {
  const { name, address, scheduler, servers, mode, quorum, fault, removed = [] } = service;
  const header = {
    cells: ['SERVER', 'ADDRESS', 'STATE', 'SINCE', right('WEIGHT'), right('ACTIVE'), right('INACT'), right('LATENCY')],
    notes: ['WHY'],
  };
  const active = servers.reduce((sum, server) => sum + (server.activeConnections ?? 0), 0);
  const trouble = [
    ...(fault === undefined ? [] : [paint('red', 'not in the kernel')]),
    ...(mode === undefined || mode === 'normal' ? [] : [paint('red', `${mode} mode`)]),
    ...(quorum === 'lost' ? [paint('red', 'its quorum is lost')] : []),
  ];
  return [
    '',
    ...wrap(
      [`service ${paint('bold', name)} ${address} ${scheduler}`, `${active} active connections`, ...trouble].join(', '),
      width,
      '',
    ),
    ...alignNotes(
      header,
      servers.map((server) => serverRow(server, paint)),
      width,
      '  ',
    ),
    ...removed.map(({ address: server, by }) =>
      paint('yellow', `  ${server} removed by command on ${by}, still in the file`),
    ),
  ];
};

const peerRows = (peers: readonly PeerStatus[], paint: Paint): string[] => {
  const rows = peers.map((peer): Cell[] => [
    peer.director ?? '-',
    peer.address,
    peer.reachable ? paint('green', peer.pending ? 'sending' : 'current') : paint('red', 'not reached'),
    describeAge(peer.lasted),
    peer.lastError ?? '',
  ]);
  return peers.length === 0 ? [] : ['', ...alignColumns([['PEER', 'ADDRESS', 'COMMANDS', 'SINCE', ''], ...rows])];
};

const anycastColours = { announced: 'green', draining: 'yellow', released: 'red', unknown: 'gray' } as const;

/** The daemon's sessions that export the address. */
const describeExport = (engine: NonNullable<Status['anycast']>['engine'], addresses: readonly string[]): string => {
  if (engine === undefined) return '-';
  if ('silent' in engine) return 'not known';
  const to = engine.sessions.filter(({ exported }) =>
    addresses.some((address) => exported.some(({ prefix }) => prefix === address)),
  );
  return to.map(({ neighbour }) => neighbour).join(' ') || 'to none';
};

const anycastRows = (anycast: Status['anycast'], width: number, paint: Paint): string[] => {
  if (anycast === undefined) return [];
  const header = { cells: ['ANYCAST', 'STATE', 'SINCE', 'EXPORTED'], notes: ['WHY'] };
  const rows = anycast.addresses.map((entry): NotedRow => {
    const { name, state, aside, last, left, addresses, reason } = entry;
    const more = aside ? ', handed over' : last ? ', as the last' : '';
    const cells = [
      name,
      paint(anycastColours[state], `${state}${more}`),
      describeAge(entry.lasted),
      describeExport(anycast.engine, addresses),
    ];
    const drain = left === undefined ? [] : [`released in ${Math.ceil(left / 1000)}s`];
    return { cells, notes: [reason, ...drain, addresses.join(' ')] };
  });
  return ['', ...alignNotes(header, rows, width)];
};

/** How long a router goes on sending to this host if its daemon freezes. */
const describeHold = ({ holdTime }: Session): string => {
  if (holdTime === undefined) return '-';
  return holdTime === 0 ? 'never' : `${holdTime / 1000}s`;
};

/** Routers spread connections over routes with origin IGP and one MED. */
const describeRoutes = ({ exported }: Session): string => {
  const other = exported.find(({ origin, med }) => origin !== 'igp' || med !== 0);
  const count = `${exported.length} ${exported.length === 1 ? 'route' : 'routes'}`;
  return other === undefined ? count : `${count}, origin ${other.origin}, MED ${other.med}`;
};

/** The routing daemon's sessions. */
const sessionRows = (anycast: Status['anycast'], paint: Paint): string[] => {
  const { engine } = anycast ?? {};
  if (engine === undefined || 'silent' in engine || engine.sessions.length === 0) return [];
  const header: Cell[] = ['SESSION', 'STATE', right('HOLD'), 'BFD', 'EXPORTS'];
  const rows = engine.sessions.map((session): Cell[] => [
    session.neighbour,
    paint(session.isUp ? 'green' : session.isOff ? 'gray' : 'red', session.state),
    right(describeHold(session)),
    session.bfd === undefined ? '-' : paint(session.bfd === 'up' ? 'green' : 'red', session.bfd),
    session.isUp ? describeRoutes(session) : (session.lastError ?? '-'),
  ]);
  return ['', ...alignColumns([header, ...rows])];
};

const bfdRows = (sessions: Status['bfd'], paint: Paint): string[] => {
  const header: Cell[] = ['BFD', 'PEER', 'STATE', right('DETECTS'), right('SENT'), right('HEARD'), right('DROPPED')];
  const rows = sessions.map(({ name, peer, state, diagnostic, detectionTime, sent, received, dropped }): Cell[] => [
    name,
    peer,
    paint(state === 'up' ? 'green' : 'red', diagnostic === 'none' ? state : `${state}, ${diagnostic}`),
    right(inMilliseconds(detectionTime)),
    right(sent),
    right(received),
    right(Object.values(dropped).reduce((sum, count) => sum + count, 0)),
  ]);
  return sessions.length === 0 ? [] : ['', ...alignColumns([header, ...rows])];
};

const notificationRows = (notifications: Status['notifications'], paint: Paint): string[] => {
  const header: Cell[] = ['NOTIFIED', right('DELIVERED'), right('WAITING'), right('LOST'), ''];
  const rows = notifications.map(({ name, delivered, waiting, lost, lastError }): Cell[] => [
    name,
    right(delivered),
    right(waiting),
    right(lost),
    lastError === undefined ? '' : paint('yellow', `last error: ${lastError}`),
  ]);
  return notifications.length === 0 ? [] : ['', ...alignColumns([header, ...rows])];
};

const describeProgram = ({ name, pid, startsAgainIn }: Status['programs'][number]): string => {
  if (pid !== undefined) return `${name} ${pid}`;
  const when = startsAgainIn === undefined ? '' : `, starts again in ${Math.ceil(startsAgainIn / 1000)}s`;
  return `${name} not running${when}`;
};

/** @param width of the terminal in characters; longer lines are wrapped. Infinite for no wrapping. */
export const renderStatus = (status: Status, width: number, paint: Paint): string => {
  const { director, uptime, configuredAt, programs, routers, services, peers, warnings } = status;
  const configured = new Date(configuredAt).toISOString().slice(0, 19).replace('T', ' ');
  const head = [
    `director ${paint('bold', director)}`,
    `up ${describeAge(uptime)}`,
    `configured ${configured} UTC`,
    ...programs.map((program) => describeProgram(program)),
  ].join(', ');
  return `${[
    ...wrap(head, width, ''),
    ...warnings.flatMap((warning) => wrap(`warning: ${warning}`, width, '').map((line) => paint('yellow', line))),
    ...routerRows(routers, width, paint),
    ...anycastRows(status.anycast, width, paint),
    ...sessionRows(status.anycast, paint),
    ...services.flatMap((service) => serviceRows(service, width, paint)),
    ...bfdRows(status.bfd, paint),
    ...peerRows(peers, paint),
    ...notificationRows(status.notifications, paint),
  ].join('\n')}\n`;
};
