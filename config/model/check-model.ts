// Checks in the validated model: what all kinds share, and the settings of each kind.

import type { Milliseconds } from '../../base/units.ts';
import type { IpAddress } from '../../net/ip-address.ts';

/** A server that goes down repeatedly stays down until it has been well for a while. */
export type FlapDamping = {
  /** How often it may go down `within` a span before it is held down. */
  readonly falls: number;
  readonly within: Milliseconds;
  /** How long it must then pass without a failure. */
  readonly hold: Milliseconds;
};

export type CheckTiming = {
  readonly interval: Milliseconds;
  /** The interval while outcomes contradict the verdict; absent for `interval`. */
  readonly fastInterval?: Milliseconds;
  readonly timeout: Milliseconds;
  /** Successes in a row that make a failed server healthy again. */
  readonly rise: number;
  /** Failures in a row that make a healthy server failed. */
  readonly fall: number;
  readonly flapDamping?: FlapDamping;
};

type Common = CheckTiming & {
  /** Address to probe instead of the real server's own. */
  readonly address?: IpAddress;
  /** Port to probe instead of the real server's own. */
  readonly port?: number;
  /** The local source address of probes. */
  readonly sourceAddress?: IpAddress;
};

export const tlsVersions = ['1.0', '1.1', '1.2', '1.3'] as const;
export type TlsVersion = (typeof tlsVersions)[number];

/** How a server's certificate is judged. */
export type TlsConfig = {
  /** The name sent as SNI and expected in the certificate; absent for the check's own host or address. */
  readonly serverName?: string;
  /** Whether an untrusted certificate fails the check. */
  readonly verify: boolean;
  /** The oldest version accepted. */
  readonly minVersion: TlsVersion;
  /** File of the authorities to trust instead of the well-known ones. */
  readonly ca?: string;
  /** Files of the client certificate and key that the server may ask for. */
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
  /** The Host header; absent for the address and port. */
  readonly host?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly expectedStatus: readonly StatusRange[];
  readonly bodyContains?: string;
  /** Sources of regular expressions. */
  readonly bodyMatches?: string;
  readonly bodyLacks?: string;
  /** Redirects to follow on the same server; 0 judges a redirect by its own status. */
  readonly followRedirects: number;
  /** Whether to keep the connection for the next probe. */
  readonly keepAlive: boolean;
  /** Whether an answer that violates HTTP but can be understood fails. */
  readonly strict: boolean;
};

export type TcpCheck = Common & {
  readonly type: 'tcp';
  /** Only a SYN and its answer, by a raw socket. */
  readonly halfOpen?: true;
};

/** Whether the process needs CAP_NET_RAW for it. */
export const needsRawSocket = (check: CheckConfig): boolean =>
  check.type === 'ping' || (check.type === 'tcp' && check.halfOpen === true);

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
  /** Data that one record of the answer must have, in zone file syntax. */
  readonly expectedAnswer?: string;
};

/** Bytes as the configuration writes them: `text` itself, or pairs of hexadecimal digits. */
export type Payload = { readonly encoding: 'utf8' | 'hex'; readonly text: string };

export type UdpCheck = Common & {
  readonly type: 'udp';
  readonly payload: Payload;
  /** What the reply must contain; absent for any reply. */
  readonly expectedReply?: Payload;
  readonly silence: 'fails' | 'passes';
};

export type SmtpCheck = Common & {
  readonly type: 'smtp';
  /** The probe's name in HELO; absent for this host's name. */
  readonly heloName?: string;
  readonly security: 'none' | 'starttls' | 'tls';
  readonly tls: TlsConfig;
};

export type PingCheck = Common & { readonly type: 'ping' /** Bytes of payload. */; readonly size: number };

export type GrpcCheck = Common & {
  readonly type: 'grpc';
  /** The service to ask about; empty for the server as a whole. */
  readonly service: string;
  readonly tls?: TlsConfig;
};

export type ScriptCheck = Common & {
  readonly type: 'script';
  /** The program's absolute path and its arguments; no shell is used. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Whether the last line of its output is the server's weight. */
  readonly weightFromOutput: boolean;
  /** Whether an exit status from 2 up is a success, with a weight of two less. */
  readonly weightFromStatus: boolean;
};

export type FileCheck = Common & {
  readonly type: 'file';
  readonly path: string;
  /** Whether the file contains `up` or `down`, or a weight. */
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
