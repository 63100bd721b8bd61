// Which errors blame the server or the path to it, with their texts, and which blame this host.

/** This host could not make a probe; the server's verdict must not change. */
export class LocalFault extends Error {
  override readonly name = 'LocalFault';
  /** What this host lacks, without the target. */
  readonly why: string;

  constructor(why: string, subject?: string) {
    super(subject === undefined ? why : `Cannot probe ${subject}: ${why}`);
    this.why = why;
  }
}

/** Errors that blame the server or the path to it. */
const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection reset',
  ECONNABORTED: 'connection aborted',
  EHOSTUNREACH: 'host unreachable',
  EHOSTDOWN: 'host down',
  ENETUNREACH: 'network unreachable',
  ETIMEDOUT: 'no answer',
  ENETDOWN: 'network down',
  EPERM: 'forbidden by a firewall of this host',
  // From an ICMP answer or from a route: the kernel gives both the same number.
  EACCES: 'prohibited by a firewall on the way, or by a route of this host',
  EINVAL: 'not reachable from here: a blackhole route, or a link-local address without its interface',
  EMSGSIZE: 'the datagram is too large for the way there',
  ENOPROTOOPT: 'protocol unreachable',
};

/** Errors of this host alone: no descriptors, no memory, no free local port, no such source address. */
const localFaults = new Set([
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'ENOMEM',
  'EADDRNOTAVAIL',
  'EADDRINUSE',
  'EAGAIN',
  'EAFNOSUPPORT',
]);

export const isLocalFault = (code: string | undefined): boolean => code !== undefined && localFaults.has(code);

/** OpenSSL's internal error line: thread, code, library, function, reason, file and line. */
const openSslLine = /error:[\dA-F]{8}:[^:]*:[^:]*:([^:\n]+)/i;

const noCommonTls = new Set(['tlsv1 alert protocol version', 'unsupported protocol']);

/** Describes a connection's error for people; TLS's own reason is kept. */
export const describeError = (error: NodeJS.ErrnoException): string => {
  const { code, message } = error;
  // OpenSSL's own text: `wrong version number`.
  const given = 'reason' in error && typeof error.reason === 'string' ? error.reason : '';
  const reason = given === '' ? (openSslLine.exec(message)?.[1] ?? message) : given;
  if (noCommonTls.has(reason)) return 'no version of TLS in common: see "min_version"';
  return (code === undefined ? undefined : words[code]) ?? reason;
};

/** Describes what an ICMP error says; the sender is the server, or a router or firewall on the way to it (or the server by another of its addresses). */
export const describeRefusal = (error: NodeJS.ErrnoException, sender: string, server: string): string => {
  const text = error.code === 'EACCES' ? 'prohibited' : describeError(error);
  if (sender !== server) return `${text}, says ${sender}`;
  return error.code === 'ECONNREFUSED' ? text : `${text}, says the server itself`;
};
