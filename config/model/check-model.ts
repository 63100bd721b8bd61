// Checks as the program sees them: what all have in common, and what each kind asks of a server.

import type { Milliseconds } from '../../base/units.ts';
import type { IpAddress } from '../../net/ip-address.ts';

/** A server that keeps going down stays down until it has been well for a while. */
export type FlapDamping = {
  /** How often it may go down `within` a span before it is held down. */
  readonly falls: number;
  readonly within: Milliseconds;
  /** How long it must then go without a failure. */
  readonly hold: Milliseconds;
};

export type CheckTiming = {
  readonly interval: Milliseconds;
  /** The interval while outcomes contradict the verdict; `interval` where absent. */
  readonly fastInterval?: Milliseconds;
  readonly timeout: Milliseconds;
  /** Successes in a row that make a failed server healthy again. */
  readonly rise: number;
  /** Failures in a row that make a healthy server failed. */
  readonly fall: number;
  readonly flapDamping?: FlapDamping;
};

type Common = CheckTiming & {
  /** Probed instead of the real server's own address. */
  readonly address?: IpAddress;
  /** Probed instead of the real server's own port. */
  readonly port?: number;
  /** The local address that probes leave from. */
  readonly sourceAddress?: IpAddress;
};

export const tlsVersions = ['1.0', '1.1', '1.2', '1.3'] as const;
export type TlsVersion = (typeof tlsVersions)[number];

/** How a server's certificate is judged. */
export type TlsConfig = {
  /** The name asked for (SNI) and expected in the certificate; a kind's own host, or the address, where absent. */
  readonly serverName?: string;
  /** Whether a certificate that cannot be trusted fails the check. */
  readonly verify: boolean;
  /** The oldest version that is spoken. */
  readonly minVersion: TlsVersion;
  /** File of the authorities to trust, instead of the well-known ones. */
  readonly ca?: string;
  /** Files of the certificate and key that the server may ask for. */
  readonly certificate?: string;
  readonly key?: string;
  /** How long before the certificate's expiry the warnings begin; 0 for never. */
  readonly expiryWarning: Milliseconds;
};

/** Status codes, both included. */
export type StatusRange = { readonly from: number; readonly to: number };

export const httpMethods = ['GET', 'HEAD', 'OPTIONS', 'POST'] as const;

type Http = Common & {
  readonly method: (typeof httpMethods)[number];
  readonly path: string;
  /** The Host header; the address and port where absent. */
  readonly host?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly expectedStatus: readonly StatusRange[];
  readonly bodyContains?: string;
  /** Sources of regular expressions. */
  readonly bodyMatches?: string;
  readonly bodyLacks?: string;
  /** Redirects to follow on the same server; 0 judges a redirect by its own status. */
  readonly followRedirects: number;
  /** Whether the connection is kept for the next probe. */
  readonly keepAlive: boolean;
  /** Whether an answer that breaks the rules of HTTP and can be understood fails. */
  readonly strict: boolean;
};

export type TcpCheck = Common & { readonly type: 'tcp' };
export type HttpCheck = Http & { readonly type: 'http' };
export type HttpsCheck = Http & { readonly type: 'https'; readonly tls: TlsConfig };

export const recordTypes = ['A', 'AAAA', 'CNAME', 'MX', 'NS', 'PTR', 'SOA', 'SRV', 'TXT'] as const;
export const responseCodes = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'] as const;

export type DnsCheck = Common & {
  readonly type: 'dns';
  readonly transport: 'udp' | 'tcp';
  readonly queryName: string;
  readonly recordType: (typeof recordTypes)[number];
  readonly expectedRcode: (typeof responseCodes)[number];
  /** Data that one record of the answer must have, written as in a zone file. */
  readonly expectedAnswer?: string;
};

/** Bytes as the configuration writes them: `text` itself, or pairs of hexadecimal digits. */
export type Payload = { readonly encoding: 'utf8' | 'hex'; readonly text: string };

export type UdpCheck = Common & {
  readonly type: 'udp';
  readonly payload: Payload;
  /** What the reply must contain; any reply does where absent. */
  readonly expectedReply?: Payload;
  readonly silence: 'fails' | 'passes';
};

export type SmtpCheck = Common & {
  readonly type: 'smtp';
  /** What the probe calls itself; this host's name where absent. */
  readonly heloName?: string;
  readonly security: 'none' | 'starttls' | 'tls';
  readonly tls: TlsConfig;
};

export type PingCheck = Common & { readonly type: 'ping' /** Bytes of payload. */; readonly size: number };

export type GrpcCheck = Common & {
  readonly type: 'grpc';
  /** The service asked about; empty for the server as a whole. */
  readonly service: string;
  readonly tls?: TlsConfig;
};

export type ScriptCheck = Common & {
  readonly type: 'script';
  /** The program's absolute path and its arguments; no shell reads them. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Whether the last line of its output is the server's weight. */
  readonly weightFromOutput: boolean;
  /** Whether an exit status from 2 on is a success, with a weight of two less. */
  readonly weightFromStatus: boolean;
};

export type FileCheck = Common & {
  readonly type: 'file';
  readonly path: string;
  /** Whether the file holds `up` or `down`, or a weight. */
  readonly content: 'state' | 'weight';
  /** What a missing file means. */
  readonly missing: 'down' | 'up';
};

export type CheckConfig =
  | TcpCheck
  | HttpCheck
  | HttpsCheck
  | DnsCheck
  | UdpCheck
  | SmtpCheck
  | PingCheck
  | GrpcCheck
  | ScriptCheck
  | FileCheck;

export type CheckType = CheckConfig['type'];
