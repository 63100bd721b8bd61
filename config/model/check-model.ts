// Checks in the validated model: what all kinds share, and the settings of each kind.

import type { commonKeys } from '../schema/check-common-keys.ts';
import type { Made } from '../schema/kind.ts';
import type { VirtualServiceConfig } from './service-model.ts';

type Common = Made<typeof commonKeys>;

export type CheckTiming = Omit<Common, 'address' | 'port' | 'sourceAddress'>;

export type CheckConfig = VirtualServiceConfig['checks'][number];
export type CheckType = CheckConfig['type'];

type Of<Type extends CheckType> = Extract<CheckConfig, { readonly type: Type }>;

export type TcpCheck = Of<'tcp'>;
export type HttpCheck = Of<'http'>;
export type HttpsCheck = Of<'https'>;
export type DnsCheck = Of<'dns'>;
export type UdpCheck = Of<'udp'>;
export type SmtpCheck = Of<'smtp'>;
export type PingCheck = Of<'ping'>;
export type GrpcCheck = Of<'grpc'>;
export type ScriptCheck = Of<'script'>;
export type FileCheck = Of<'file'>;

/** Whether the process needs CAP_NET_RAW for it. */
export const needsRawSocket = (check: CheckConfig): boolean =>
  check.type === 'ping' || (check.type === 'tcp' && check.halfOpen === true);

/** How a server's certificate is judged. */
export type TlsConfig = HttpsCheck['tls'];
/** Status codes, both included. */
export type StatusRange = HttpCheck['expectedStatus'][number];
/** Bytes as the configuration writes them: `text` itself, or pairs of hexadecimal digits. */
export type Payload = UdpCheck['payload'];
