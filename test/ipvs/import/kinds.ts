// A keepalived.conf with a service of each kind of check, and its two servers, each of which can fail. Pure.

/** The servers' addresses; a ping needs those that come and go. */
export const servers = ['10.8.0.1', '10.8.0.2'] as const;
export const pinged = ['10.8.0.11', '10.8.0.12'] as const;
export const virtual = '10.8.0.100';
export const sorry = '10.8.0.3';

const service = (
  port: number,
  protocol: 'TCP' | 'UDP',
  serverPort: number,
  check: string,
  addresses: readonly string[] = servers,
  more = '',
) =>
  `virtual_server ${virtual} ${port} {
  delay_loop 2
  lb_algo wrr
  protocol ${protocol}
${more}${addresses
  .map(
    (address, index) =>
      `  real_server ${address} ${serverPort} {\n    weight ${3 - index}\n${check.replaceAll('INDEX', String(index))}\n  }\n`,
  )
  .join('')}}
`;

// Timeouts are long, since none of these failures needs one: a slow host is no failure. A check without a reply passes by its
// timeout.
const lines = (kind: string, ...inside: readonly string[]): string =>
  [
    `    ${kind} {`,
    ...['connect_timeout 10', 'retry 1', 'delay_before_retry 1', ...inside].map((line) => `      ${line}`),
    '    }',
  ].join('\n');

const misc = (...inside: readonly string[]): string =>
  ['    MISC_CHECK {', ...inside.map((line) => `      ${line}`), '    }'].join('\n');

/** @param directory where the tracked files `ok0` and `ok1` are. */
export const writeKinds = (directory: string): string =>
  [
    service(
      1,
      'TCP',
      8001,
      lines('HTTP_GET', 'url {', '  path /ready', '  status_code 200', '  regex "ready \\\\d+"', '}'),
    ),
    service(2, 'TCP', 8002, lines('SSL_GET', 'url {', '  path /', '}')),
    service(3, 'TCP', 8003, lines('TCP_CHECK')),
    service(4, 'UDP', 8004, lines('UDP_CHECK', 'connect_timeout 2')),
    service(5, 'UDP', 8004, lines('UDP_CHECK', 'payload 6869', 'require_reply 72653a206869')),
    service(6, 'TCP', 8005, lines('SMTP_CHECK', 'helo_name lb.example')),
    service(7, 'UDP', 8006, lines('DNS_CHECK', 'type A', 'name web.example')),
    service(8, 'TCP', 8003, misc(`misc_path "/usr/bin/test -e '${directory}/okINDEX'"`, 'misc_timeout 10')),
    service(9, 'TCP', 8003, lines('PING_CHECK'), pinged),
    service(
      10,
      'TCP',
      8003,
      lines('TCP_CHECK'),
      servers,
      `  quorum 2\n  sorry_server ${sorry} 8003\n  inhibit_on_failure\n`,
    ),
    // Both checks must pass; the second one is of another port.
    service(11, 'TCP', 8001, `${lines('TCP_CHECK')}\n${lines('TCP_CHECK', 'connect_port 8005')}`),
    service(12, 'TCP', 8003, misc(`misc_path "${directory}/weighINDEX"`, 'misc_timeout 10', 'misc_dynamic')),
  ].join('');
