// The keys of `metrics`: where Prometheus may ask, and who it must be. TLS and users are named as in Prometheus's own web
// configuration files, so that a part of such a file can be copied.

import { parseEndpoint } from '../../net/endpoint.ts';
import { absolutePath, passwordHashes } from './check-values.ts';
import { optional, required, withDefault } from './kind.ts';
import { ofText, value } from './scalar.ts';
import { mapping } from './structure.ts';
import { choice, flag } from './values.ts';

const listener = () =>
  value(
    'an address and a port, such as 127.0.0.1:9184 or [::]:9184',
    ofText((text) => {
      const found = parseEndpoint(text);
      return found === undefined || found.port === 0 ? undefined : found;
    }),
    { type: 'string', pattern: '^(\\[[\\da-fA-F:.]+\\]|[\\d.]+):[1-9]\\d{0,4}$' },
  );

const tlsServerKeys = {
  cert_file: required(
    absolutePath(),
    'Its certificate, followed by intermediate certificates (PEM). A renewed one is in use within a minute.',
    {
      example: '/etc/regent/metrics.pem',
    },
  ),
  key_file: required(absolutePath(), 'Of the certificate (PEM).', { example: '/etc/regent/metrics.key' }),
  client_ca_file: optional(absolutePath(), "Certificates of the authorities that sign clients' certificates (PEM).", {
    example: '/etc/regent/clients.pem',
  }),
  client_auth_type: withDefault(
    choice(['NoClientCert', 'RequireAndVerifyClientCert']),
    'NoClientCert',
    'Whether a client must have a certificate.',
  ),
};

const metricsKeys = {
  listen: required(listener(), 'Address and port for Prometheus, besides the control socket.', {
    example: '127.0.0.1:9184',
  }),
  tls_server_config: optional(
    mapping(tlsServerKeys),
    'Certificate and key. An address beyond the loopback needs them, or `insecure: true`.',
  ),
  basic_auth_users: withDefault(
    passwordHashes(),
    {},
    'User names with bcrypt hashes of their passwords, as by: htpasswd -nB NAME.',
    {
      example: { prometheus: '$2y$10$V2RmZ2wKC7S8JhZfpqDMJOR2GDpnWoJxmFMjpB1.rKKGn2yhIDM5m' },
    },
  ),
  bearer_token_file: optional(absolutePath(), 'Holds a token that clients may send instead of a password.', {
    example: '/etc/regent/metrics.token',
  }),
  page: withDefault(
    flag(),
    false,
    'Whether the page of the pair is served at `/page/`, read only, for a wall screen. It shows the other directors through `peers`.',
  ),
  insecure: withDefault(flag(), false, 'Whether an address beyond the loopback may be served without TLS.'),
};

export const metrics = mapping(metricsKeys);
