// The kinds of checks: the additional keys of each.

import { commonKeys } from './check-common-keys.ts';
import * as values from './check-values.ts';
import { type Keys, optional, required, withDefault } from './kind.ts';
import { secret } from './secret.ts';
import { list, mapping } from './structure.ts';
import { tls } from './tls-keys.ts';
import { choice, flag, plainText, whole } from './values.ts';

const httpKeys = {
  method: withDefault(choice(['GET', 'HEAD', 'OPTIONS', 'POST']), 'GET', 'Of the request.'),
  path: withDefault(values.httpPath(), '/', 'Path and query.', { example: '/health?full=1' }),
  host: optional(values.hostHeader(), 'The Host header. Without it the address and port.', {
    example: 'www.example.org',
  }),
  headers: withDefault(values.headers(), {}, 'Further header fields.', { example: { 'user-agent': 'regent' } }),
  expected_status: withDefault(
    list(values.statusRange(), 1),
    ['200-299'],
    'Statuses, or ranges of them, that are a success.',
    { example: [200, '300-399'] },
  ),
  body_contains: optional(values.text(), 'Text that the body must contain.', { example: 'ready' }),
  body_matches: optional(
    values.pattern(),
    'Regular expression (RE2, whose time is bounded) that the body must match.',
    { example: 'version: \\d+' },
  ),
  body_lacks: optional(values.pattern(), 'Regular expression (RE2) that the body must not match.', {
    example: '(?i)maintenance',
  }),
  follow_redirects: withDefault(
    whole(0, 10),
    0,
    "How many redirects are followed on the same server; with 0 the redirect's own status decides.",
    { unit: 'redirects' },
  ),
  keep_alive: withDefault(
    flag(),
    false,
    'Whether the connection is kept for the next probe. A server that does not answer a later request on it fails.',
  ),
  strict: withDefault(
    flag(),
    false,
    'Whether an answer that violates HTTP fails, although curl and HAProxy accept it.',
  ),
};

/** The kind of a check that names none. */
export const usualType = 'tcp' as const;

const whatType = 'The kind of check.';

/** The keys of one kind. */
const kind = <const Type extends string, const K extends Keys>(type: Type, keys: K) =>
  mapping({ type: required(choice([type]), whatType), ...commonKeys, ...keys });

/** Each kind with its keys. */
export const checkKinds = {
  [usualType]: mapping({
    type: withDefault(choice([usualType]), usualType, whatType),
    ...commonKeys,
    half_open: withDefault(
      flag(),
      false,
      'Whether a server is up once it answers a SYN: the connection is reset before its program sees it, which costs less, but does not notice a program that accepts no connections while the kernel still answers for it.',
    ),
  }),
  http: kind('http', httpKeys),
  https: kind('https', { ...httpKeys, tls: withDefault(tls, {}, 'TLS, and how its certificate is verified.') }),
  dns: kind('dns', {
    transport: withDefault(choice(['udp', 'tcp']), 'udp', 'Transport of the query.'),
    query_name: withDefault(values.domainName(), '.', 'The queried name.', { example: 'example.org' }),
    record_type: withDefault(
      choice(['A', 'AAAA', 'CNAME', 'MX', 'NS', 'PTR', 'SOA', 'SRV', 'TXT']),
      'SOA',
      'The queried type.',
    ),
    expected_rcode: withDefault(
      choice(['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED']),
      'NOERROR',
      'The response code that is a success.',
    ),
    expected_answer: optional(values.text(), 'Data of one record of the answer, as in a zone file.', {
      example: '192.0.2.1',
    }),
  }),
  udp: kind('udp', {
    payload: optional(secret(values.textPayload()), 'Text to send. Without it an empty datagram.', { example: 'ping' }),
    payload_hex: optional(
      secret(values.hexPayload()),
      'Bytes to send, instead of payload: pairs of hexadecimal digits.',
      {
        example: '00ff',
      },
    ),
    expected_reply: optional(
      values.textPayload(),
      'Text that the reply must contain. Without it any reply is a success.',
      { example: 'pong' },
    ),
    expected_reply_hex: optional(values.hexPayload(), 'Bytes that the reply must contain, instead of expected_reply.', {
      example: '8180',
    }),
    silence: withDefault(
      choice(['fails', 'passes']),
      'fails',
      'Meaning of no reply. passes: only an ICMP error fails, such as a closed port.',
    ),
  }),
  smtp: kind('smtp', {
    helo_name: optional(values.heloName(), "Name of the probe in HELO. Without it this host's name.", {
      example: 'lb0.example.org',
    }),
    security: withDefault(
      choice(['none', 'starttls', 'tls']),
      'none',
      'starttls: starts TLS within the conversation. tls: TLS from the start.',
    ),
    tls: withDefault(tls, {}, 'TLS, and how its certificate is verified.'),
  }),
  ping: kind('ping', { size: withDefault(whole(8, 1400), 32, 'Of the payload.', { unit: 'bytes' }) }),
  grpc: kind('grpc', {
    service: optional(values.text(), 'The queried service. Without it the server as a whole.', {
      example: 'shop.Cart',
    }),
    tls: optional(tls, 'TLS, and how its certificate is verified. Without it the connection is unencrypted.'),
  }),
  script: kind('script', {
    command: required(
      list(plainText(), 1),
      'Program, by its absolute path, and arguments; there is no shell. It runs without privileges; it and the folders above it must belong to root and be writable by root alone. Exit status 0 is a success. Processes that it leaves running are ended.',
      { example: ['/usr/local/bin/check-web', '--quick'] },
    ),
    environment: withDefault(values.environment(), {}, 'Further variables of its environment.', {
      example: { SITE: 'www.example.org' },
    }),
    weight_from_output: withDefault(flag(), false, "Whether the last line of its output is the server's weight."),
    weight_from_status: withDefault(
      flag(),
      false,
      "Whether an exit status from 2 to 255 is a success, too, which sets the server's weight to the status less 2, as keepalived's misc_dynamic does.",
    ),
  }),
  file: kind('file', {
    path: required(values.absolutePath(), 'The file.', { example: '/run/rs0.state' }),
    content: withDefault(
      choice(['state', 'weight']),
      'state',
      "state: it holds up or down. weight: it holds the server's weight.",
    ),
    missing: withDefault(choice(['down', 'up']), 'down', 'Meaning of a missing file.'),
  }),
};
