// Selects the probe for a target's kind of check.

import type { StartGroup } from '../base/process-group.ts';
import type { Clock } from '../base/units.ts';
import type { CheckConfig, CheckType } from '../config/model/check-model.ts';
import type { Dialer } from '../kernel/sockets/dialer.ts';
import { probeDns } from './checks/dns.ts';
import { probeFile } from './checks/file.ts';
import { createGrpcProbe } from './checks/grpc.ts';
import { createHttpProbe } from './checks/http.ts';
import { createPingProbe, type OpenEchoSocket } from './checks/ping.ts';
import { createScriptProbe } from './checks/script.ts';
import { createSmtpProbe } from './checks/smtp.ts';
import { createTcpProbe } from './checks/tcp.ts';
import { probeUdp } from './checks/udp.ts';
import type { Probe } from './outcome.ts';
import { createTlsContexts } from './tls-contexts.ts';

export type ProbePorts = {
  readonly clock: Clock;
  readonly openEchoSocket: OpenEchoSocket;
  readonly dialer: Dialer;
  /** @throws Error where this host may not open raw sockets. */
  readonly openHalfOpen: () => Dialer;
  /** HTTP connections that may be kept for later probes. */
  readonly mostKept: number;
  /** Starts scripts. */
  readonly startGroup: StartGroup;
  /** Why no script may be run; undefined where they may. */
  readonly scriptRefusal: string | undefined;
};

/** Makes the probe for every kind; it holds what targets share (TLS files, kept connections, ping sockets). */
export const createProbe = (ports: ProbePorts): Probe => {
  const { clock, openEchoSocket, dialer, openHalfOpen, mostKept, startGroup, scriptRefusal } = ports;
  const contexts = createTlsContexts(clock);
  const http = createHttpProbe(contexts, mostKept);
  const kinds: { readonly [Type in CheckType]: Probe<Extract<CheckConfig, { readonly type: Type }>> } = {
    tcp: createTcpProbe(dialer, openHalfOpen),
    http,
    https: http,
    dns: probeDns,
    udp: probeUdp,
    smtp: createSmtpProbe(contexts),
    ping: createPingProbe(openEchoSocket),
    grpc: createGrpcProbe(contexts),
    script: createScriptProbe(startGroup, scriptRefusal),
    file: probeFile,
  };
  return (target, timeout) => (kinds[target.check.type] as Probe)(target, timeout);
};
