// The name of every log line, with its levels and meaning. Texts of lines may change; these names do not.

import type { LogLevel } from '../../config/model/model.ts';

type Declaration = {
  /** From the usual one on. */
  readonly levels: readonly LogLevel[];
  readonly meaning: string;
};

const directorEvents = {
  started: { levels: ['info'], meaning: 'The director runs.' },
  stopping: { levels: ['info'], meaning: 'The director gives up its masterships and removes everything it added.' },
  stopped: { levels: ['info'], meaning: 'The director has removed everything it added, and exits.' },
  'making-room': { levels: ['info'], meaning: 'The controller exits for the next one; masterships and IPVS stay.' },
  reloaded: { levels: ['info'], meaning: 'A new configuration is in force.' },
  'reload-change': { levels: ['info'], meaning: 'One change of a reload, and its cost; `plan` holds it as data.' },
  'configuration-refused': {
    levels: ['error'],
    meaning: 'A new configuration is invalid; the old one stays in force.',
  },
  'file-not-watched': { levels: ['error'], meaning: 'Changes of the configuration file are not noticed.' },
  'server-command': { levels: ['info'], meaning: 'An operator drained or undrained a real server, or set its weight.' },
  'server-command-received': { levels: ['info'], meaning: 'The same, given to another director.' },
  'server-membership': {
    levels: ['info'],
    meaning: 'An operator added a real server to a service, or removed it.',
  },
  'server-membership-received': { levels: ['info'], meaning: 'The same, given to another director.' },
  'server-membership-done': {
    levels: ['info'],
    meaning: 'The file now says what such a command did: the command is forgotten.',
  },
  'server-membership-left-out': {
    levels: ['warn'],
    meaning: 'A real server added or removed by command has no effect here: the configuration does not allow it.',
  },
  'router-command': { levels: ['info'], meaning: 'An operator handed a router over, or resumed it.' },
  'commands-unreadable': {
    levels: ['error'],
    meaning: 'Commands from before the start cannot be read; none is in force.',
  },
  'commands-not-saved': { levels: ['error'], meaning: 'Commands are in force, but a restart will lose them.' },
  'log-level': { levels: ['info'], meaning: 'An operator changed the log level of a process.' },
  'status-written': { levels: ['info'], meaning: 'The status was written to files, as SIGUSR1 asks for.' },
  'status-not-written': { levels: ['error'], meaning: 'The status could not be written to files.' },
  'journal-unreadable': { levels: ['warn'], meaning: 'Transitions from before the start are not known to `why`.' },
  'metrics-not-served': {
    levels: ['error'],
    meaning: 'The port for metrics cannot be opened; the control socket has them.',
  },
  'metrics-token': {
    levels: ['error', 'info'],
    meaning: 'The file with the token of metrics cannot be read, or can be read again.',
  },
  'notification-failed': { levels: ['error'], meaning: 'A script, webhook or FIFO did not receive a notification.' },
  'service-manager-unreachable': { levels: ['error'], meaning: 'The service manager cannot be notified.' },
  'runtime-directory-restored': { levels: ['warn'], meaning: 'The runtime directory was removed, and is there again.' },
  'control-socket-failed': {
    levels: ['error'],
    meaning: 'The control socket cannot be made; commands find no director meanwhile.',
  },
  'runtime-directory-lost': { levels: ['error'], meaning: 'The runtime directory was removed, and cannot be created.' },
  defect: { levels: ['error'], meaning: 'A bug in regent: the director gives up its masterships and exits.' },
} as const satisfies Readonly<Record<string, Declaration>>;

const routerEvents = {
  transition: {
    levels: ['info', 'warn'],
    meaning: 'A router changed its state; `warn` after a fault or a standstill.',
  },
  'master-heard': { levels: ['info'], meaning: 'A backup hears another master than before.' },
  address: { levels: ['debug', 'warn', 'info'], meaning: 'A virtual address was added, removed, adopted or restored.' },
  routing: { levels: ['debug', 'warn'], meaning: 'A virtual route or rule was added, removed or restored.' },
  announced: { levels: ['debug'], meaning: 'Gratuitous ARP or neighbour advertisements were sent.' },
  dropped: { levels: ['debug', 'warn'], meaning: 'VRRP packets were dropped; `warn` where they may be a peer’s.' },
  mismatch: { levels: ['warn'], meaning: 'A peer’s accepted advertisement differs from the configuration.' },
  tracked: { levels: ['info', 'warn'], meaning: 'A tracked item went up or down.' },
  'tracked-unknown': { levels: ['warn'], meaning: 'A tracked script, file or process cannot be examined.' },
  priority: { levels: ['info', 'warn'], meaning: 'Tracked items changed a priority; `warn` where it fell.' },
  'split-brain': {
    levels: ['warn', 'info'],
    meaning: 'Another master was seen beside this one; `info` once it ended.',
  },
  'split-brain-verdict': {
    levels: ['warn', 'info'],
    meaning: 'Peers and witness show the kind of a split brain: `verdict` names it; `info` once it ends.',
  },
  'witness-lost': { levels: ['warn'], meaning: 'The witness on the clients’ side does not answer this host.' },
  'witness-answers': { levels: ['info'], meaning: 'The witness answers.' },
  'witness-not-asked': { levels: ['warn'], meaning: 'The witness cannot be asked; it is tried again.' },
  'handover-failed': { levels: ['warn'], meaning: 'No peer took over: the router stays master.' },
  'router-waiting': { levels: ['warn'], meaning: 'A router does not start yet, or waits in fault.' },
  'controller-lost': { levels: ['warn'], meaning: '`vrrp` runs without a controller, for `vrrp.hold`.' },
  unreachable: { levels: ['warn'], meaning: 'A master holds an address that this host does not answer for, and why.' },
  reachable: { levels: ['info'], meaning: 'This host answers for an address of a master again.' },
  'local-route': {
    levels: ['warn'],
    meaning: 'Another program removed the kernel’s own route to a virtual address, which is added again with it.',
  },
  caution: { levels: ['warn'], meaning: 'A router runs, but its configuration has a risk on this host.' },
  keys: { levels: ['info'], meaning: 'Keys were read again from their file.' },
  'keys-unreadable': { levels: ['warn'], meaning: 'Keys cannot be read; the last ones stay, or the router waits.' },
  'virtual-mac': { levels: ['info'], meaning: 'An interface with a virtual MAC was created or removed.' },
  'anycast-announced': { levels: ['info'], meaning: 'Anycast addresses are announced to routers.' },
  'anycast-draining': {
    levels: ['warn'],
    meaning: 'Anycast addresses are withdrawn, and still served for their drain time.',
  },
  'anycast-released': { levels: ['warn'], meaning: 'Anycast addresses are neither announced nor served here.' },
  'anycast-restored': {
    levels: ['warn'],
    meaning: 'An anycast address was removed by another program, or its lease had run out; it is back.',
  },
  'anycast-interface': { levels: ['info'], meaning: 'The interface for anycast addresses was created or removed.' },
  'anycast-kept': {
    levels: ['warn', 'info'],
    meaning:
      'The last director that announces an entry continues without the quorum of its services; `info` once that ends.',
  },
  configured: { levels: ['info'], meaning: 'The vrrp process took a configuration or a new controller.' },
  'preemption-held': {
    levels: ['warn'],
    meaning: 'This director does not preempt yet: connections or verdicts are unknown.',
  },
  'preemption-free': {
    levels: ['info'],
    meaning: 'The connections of the peers are known: this director may preempt.',
  },
  'preemption-forced': {
    levels: ['warn'],
    meaning: 'Not all connections are known: `preempt_wait` is over, or the master has lowered its priority.',
  },
} as const satisfies Readonly<Record<string, Declaration>>;

const serverEvents = {
  'server-up': { levels: ['info'], meaning: 'A real server is healthy now.' },
  'server-down': { levels: ['warn'], meaning: 'A real server failed its check, and drains.' },
  'server-unchanged': { levels: ['info'], meaning: 'A changed check confirms the verdict of the one before.' },
  'server-weight': { levels: ['info'], meaning: 'A check changed the weight of a real server.' },
  'check-warning': { levels: ['warn'], meaning: 'A check passes with a warning, such as an expiring certificate.' },
  'check-warning-over': { levels: ['info'], meaning: 'The reason for a warning is gone.' },
  'probing-failed': { levels: ['error'], meaning: 'This host cannot probe; verdicts stay.' },
  'probing-restored': { levels: ['info'], meaning: 'This host can probe again.' },
  'check-defect': { levels: ['error'], meaning: 'A bug in regent failed one check; the others go on.' },
} as const satisfies Readonly<Record<string, Declaration>>;

const ipvsEvents = {
  quorum: { levels: ['info', 'warn'], meaning: 'A virtual service reached or lost its quorum.' },
  mode: {
    levels: ['info', 'warn'],
    meaning: 'Other servers take the connections: standby, sorry server, or all in panic.',
  },
  'ipvs-missing': {
    levels: ['error', 'debug'],
    meaning: 'This kernel has no IPVS: virtual services are in fault, and it is tried again.',
  },
  'ipvs-found': { levels: ['info'], meaning: 'IPVS is available now; the virtual services are set up.' },
  'ipvs-change': { levels: ['info'], meaning: 'A service or destination was added, changed or removed.' },
  'ipvs-tampering': { levels: ['warn'], meaning: 'Another program changed the IPVS table; the change was undone.' },
  'ipvs-adopted': {
    levels: ['warn'],
    meaning: 'Existing entries that the configuration names are managed by regent now.',
  },
  'ipvs-foreign': { levels: ['warn'], meaning: 'A service has a destination that is not configured; it stays.' },
  'ipvs-refused': { levels: ['error'], meaning: 'The kernel or nft refused a change; it is tried again.' },
  drain: { levels: ['info'], meaning: 'A destination began to drain, drains still, or was removed.' },
  'ipvs-timeouts': { levels: ['info'], meaning: 'The timeouts of idle connections were changed or restored.' },
  'sync-daemon': { levels: ['info'], meaning: 'A connection synchronisation daemon was started or ended.' },
  'connections-sent': { levels: ['info'], meaning: 'Connections were sent to a peer that asked for them.' },
  'connections-not-sent': { levels: ['warn'], meaning: 'Connections could not be exchanged with a peer.' },
  'snat-unreachable': { levels: ['warn'], meaning: 'Replies of a real server cannot come back through this host.' },
} as const satisfies Readonly<Record<string, Declaration>>;

const hostEvents = {
  'vrrp-started': { levels: ['info'], meaning: 'The vrrp process was started.' },
  'vrrp-adopted': { levels: ['info'], meaning: 'A running vrrp process was taken over from the last controller.' },
  'vrrp-incompatible': {
    levels: ['warn'],
    meaning: 'A vrrp process speaks a protocol that this build does not know; it is stopped and replaced.',
  },
  'vrrp-lost': { levels: ['error'], meaning: 'The vrrp process died or was silent; its last will was executed.' },
  'vrrp-replaced': { levels: ['info'], meaning: 'The installed program replaces the running vrrp process.' },
  'vrrp-not-replaced': { levels: ['error'], meaning: 'A replacement took too long; the last will was executed.' },
  'vrrp-killed': { levels: ['warn'], meaning: 'The vrrp process did not stop in time and was killed.' },
  'vrrp-not-real-time': { levels: ['warn'], meaning: 'The vrrp process runs without real-time scheduling.' },
  'last-will-failed': {
    levels: ['error'],
    meaning: 'An address of a dead vrrp process was not removed, or a farewell not sent.',
  },
  'healthcheck-incompatible': {
    levels: ['warn'],
    meaning: 'A healthcheck process speaks a protocol that this build does not know; it is ended and replaced.',
  },
  'healthcheck-lost': { levels: ['error'], meaning: 'The healthcheck process died or was silent; verdicts stay.' },
  'healthcheck-replaced': { levels: ['info'], meaning: 'The healthcheck process is started again; verdicts stay.' },
  'healthcheck-privileged': { levels: ['warn'], meaning: 'The healthcheck process has more privileges than it needs.' },
  'unknown-message': {
    levels: ['warn'],
    meaning: 'A process of another build sent a message that this one does not know.',
  },
  'kernel-error': {
    levels: ['error'],
    meaning: 'The kernel refused an operation of the vrrp process; it is tried again.',
  },
  warning: { levels: ['warn'], meaning: 'A warning of a vrrp process of an older build.' },
  'memory-not-locked': { levels: ['warn'], meaning: 'The vrrp process may be paged out, which delays advertisements.' },
  'packet-incomplete': { levels: ['warn'], meaning: 'A received packet was incomplete and dropped.' },
  'raw-sockets': {
    levels: ['info'],
    meaning: 'Why the package raw-socket is not used: `vrrp` makes the same system calls; nothing is lost.',
  },
  sysctl: { levels: ['info'], meaning: 'A kernel setting was changed or restored.' },
  'sysctl-failed': {
    levels: ['error', 'warn'],
    meaning: 'A kernel setting could not be changed, recorded or restored.',
  },
  'nftables-changed': { levels: ['info', 'debug'], meaning: 'A table of nftables was written or removed.' },
  'nftables-tampering': {
    levels: ['warn'],
    meaning: 'Another program changed a table of regent’s; the change was undone.',
  },
  'nftables-refused': { levels: ['error'], meaning: 'A table of nftables was refused; it is tried again.' },
  'record-unreadable': {
    levels: ['warn'],
    meaning: 'The record of what regent added cannot be read, and counts as empty.',
  },
  'record-unwritten': {
    levels: ['error'],
    meaning: 'The record of what regent added cannot be written; it is tried again.',
  },
  'record-written': { levels: ['info'], meaning: 'That record can be written again.' },
} as const satisfies Readonly<Record<string, Declaration>>;

const peerEvents = {
  'peer-connected': { levels: ['info'], meaning: 'Commands are exchanged with another director.' },
  'peer-lost': { levels: ['warn'], meaning: 'Another director does not answer; it is asked again every second.' },
  'peer-refused': { levels: ['warn'], meaning: 'A message was refused: wrong key, old, or malformed.' },
  'peers-not-heard': { levels: ['error'], meaning: 'The port for peers cannot be opened; it is tried again.' },
  'peers-off': { levels: ['error'], meaning: 'Nothing is exchanged with peers until the next reload.' },
} as const satisfies Readonly<Record<string, Declaration>>;

const logEvents = {
  ...directorEvents,
  ...routerEvents,
  ...serverEvents,
  ...ipvsEvents,
  ...peerEvents,
  ...hostEvents,
};

export type LogEventName = keyof typeof logEvents;

/** The levels that lines of this name may have. */
export type LevelOf<Name extends LogEventName> = (typeof logEvents)[Name]['levels'][number];

/** The names by subject, for the documentation. */
export const logEventGroups: readonly {
  readonly title: string;
  readonly events: Readonly<Record<string, Declaration>>;
}[] = [
  { title: 'Virtual routers', events: routerEvents },
  { title: 'Real servers and their checks', events: serverEvents },
  { title: 'IPVS', events: ipvsEvents },
  { title: 'The director', events: directorEvents },
  { title: 'Other directors', events: peerEvents },
  { title: 'Processes and the host', events: hostEvents },
];

export const isLogEvent = (name: string): name is LogEventName => Object.hasOwn(logEvents, name);
