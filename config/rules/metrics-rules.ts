// Rules about the port for metrics: what leaves this host is encrypted, unless the file says otherwise.

import { isLoopback } from '../../net/ip-address.ts';
import type { Director, Finding } from './finding.ts';
import type { Places } from './places.ts';

export const checkMetrics = ({ metrics }: Director, places: Places): Finding[] => {
  if (metrics === undefined) return [];
  const { listen, insecure, tlsServerConfig: tls } = metrics;
  const isGiven = places.isGiven(metrics, 'tlsServerConfig');
  const isOpen = listen !== undefined && !isLoopback(listen.address) && !isGiven && insecure === false;
  const lacksAuthority = tls?.clientAuthType === 'RequireAndVerifyClientCert' && !places.isGiven(tls, 'clientCaFile');
  return [
    ...(isOpen
      ? [
          {
            path: places.of(metrics, 'listen'),
            message:
              'beyond the loopback metrics need tls_server_config; insecure: true serves them, and passwords, in clear text',
          },
        ]
      : []),
    ...(lacksAuthority && tls !== undefined
      ? [{ path: places.of(tls, 'clientAuthType'), message: 'RequireAndVerifyClientCert needs client_ca_file' }]
      : []),
  ];
};
