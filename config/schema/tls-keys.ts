// The keys of `tls`: how a check judges a server's certificate.

import { absolutePath, certificateName, days, tlsVersion } from './check-values.ts';
import { optional, withDefault } from './kind.ts';
import { mapping } from './structure.ts';
import { flag } from './values.ts';

const tlsKeys = {
  server_name: optional(
    certificateName(),
    "The requested name (SNI), also expected in the certificate. Without it the check's host, else the address.",
    { example: 'www.example.org' },
  ),
  verify: optional(flag(), 'Whether an untrusted certificate fails the check. Without it true where a ca is given.'),
  min_version: withDefault(
    tlsVersion(),
    '1.2',
    'The oldest accepted version of TLS. Browsers, curl and HAProxy refuse versions older than 1.2.',
    { example: '1.0' },
  ),
  ca: optional(
    absolutePath(),
    'File with the certificates of the authorities to trust, instead of the well-known ones (PEM). While it is invalid, the last valid one stays in use.',
    { example: '/etc/regent/ca.pem' },
  ),
  certificate: optional(absolutePath(), 'Certificate for servers that request one (PEM), with its key.', {
    example: '/etc/regent/probe.pem',
  }),
  key: optional(absolutePath(), 'Of the certificate (PEM).', { example: '/etc/regent/probe.key' }),
  expiry_warning: withDefault(days(), '14d', 'How long before the certificate expires warnings begin; 0d for never.'),
};

export const tls = mapping(tlsKeys, { id: 'tls' });
