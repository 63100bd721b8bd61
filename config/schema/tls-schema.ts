// The keys of `tls`: how a check judges a server's certificate.

import { z } from 'zod';
import type { TlsConfig } from '../model/check-model.ts';
import { given } from './check-common-schema.ts';
import { absolutePath, certificateName, days, tlsVersion } from './check-values.ts';
import { flag } from './values.ts';

export const tlsKeys = {
  server_name: certificateName().optional().meta({
    description:
      "The name asked for (SNI) and expected in the certificate. Without it the check's host, else the address.",
    example: 'www.example.org',
  }),
  verify: flag()
    .optional()
    .describe('Whether a certificate that cannot be trusted fails the check. Without it true where a ca is given.'),
  min_version: tlsVersion().default('1.2').meta({
    description: 'The oldest TLS that is spoken. Clients of today, curl and HAProxy refuse what is older than 1.2.',
    example: '1.0',
  }),
  ca: absolutePath().optional().meta({
    description:
      'File of the authorities to trust, instead of the well-known ones (PEM). While it cannot be used, what was read before stays.',
    example: '/etc/regent/ca.pem',
  }),
  certificate: absolutePath()
    .optional()
    .meta({ description: 'What the server may ask for (PEM), with its key.', example: '/etc/regent/probe.pem' }),
  key: absolutePath().optional().meta({ description: 'Of the certificate (PEM).', example: '/etc/regent/probe.key' }),
  expiry_warning: days()
    .prefault('14d')
    .describe("How long before the end of the server's certificate warnings begin; 0d for never."),
};

export const tls = z
  .strictObject(tlsKeys)
  .transform(
    (raw): TlsConfig =>
      given({
        serverName: raw.server_name,
        // Certificates rarely name an address, so without an authority nothing can be verified.
        verify: raw.verify ?? raw.ca !== undefined,
        minVersion: raw.min_version,
        ca: raw.ca,
        certificate: raw.certificate,
        key: raw.key,
        expiryWarning: raw.expiry_warning,
      }),
  )
  .meta({ id: 'tls' });
