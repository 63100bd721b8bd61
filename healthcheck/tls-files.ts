// Reads and checks the files of a TLS check: OpenSSL accepts an empty file silently.

import { X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { messageOf } from '../base/error.ts';
import { readRegularFile } from '../base/regular-file.ts';
import type { TlsConfig } from '../config/model/check-model.ts';
import { LocalFault } from './network-error.ts';

/** A bundle of all well-known authorities has a quarter of it. */
const mostBytes = 4 * 1024 * 1024;

const block = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]*-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g;

/** Each certificate must be complete: a file that is being written holds half of one, or none. */
const proveCertificates = (content: Buffer): void => {
  const text = content.toString('latin1');
  const begun = text.match(/-----BEGIN [A-Z0-9 ]*CERTIFICATE-----/g)?.length ?? 0;
  const whole = text.match(block) ?? [];
  if (begun === 0) throw new Error('it holds no certificate');
  if (begun !== whole.length) throw new Error('it holds half a certificate');
  for (const each of whole) new X509Certificate(each);
};

const proveKey = (content: Buffer): void => {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*-----END /.test(content.toString('latin1')))
    throw new Error('it holds no whole key');
};

const load = (path: string, prove: (content: Buffer) => void): Buffer => {
  try {
    const content = readRegularFile(path, mostBytes);
    prove(content);
    return content;
  } catch (error) {
    const isMissing = error instanceof Error && 'syscall' in error;
    throw new LocalFault(`Cannot ${isMissing ? 'read' : 'use'} ${path}: ${messageOf(error)}`);
  }
};

/** OpenSSL's lowest security level still allows the signatures of TLS before 1.2, its default does not. */
const oldCiphers = 'DEFAULT@SECLEVEL=0';

const versions = { '1.0': 'TLSv1', '1.1': 'TLSv1.1', '1.2': 'TLSv1.2', '1.3': 'TLSv1.3' } as const;

/** @throws LocalFault if a file cannot be read or is invalid. */
export const loadContext = ({ ca, certificate, key, minVersion }: TlsConfig): SecureContext => {
  const isOld = minVersion === '1.0' || minVersion === '1.1';
  const options: SecureContextOptions = {
    minVersion: versions[minVersion],
    ...(isOld && { ciphers: oldCiphers }),
    ...(ca !== undefined && { ca: load(ca, proveCertificates) }),
    ...(certificate !== undefined && { cert: load(certificate, proveCertificates) }),
    ...(key !== undefined && { key: load(key, proveKey) }),
  };
  try {
    return createSecureContext(options);
  } catch (error) {
    const names = [ca, certificate, key].filter((path) => path !== undefined);
    throw new LocalFault(`Cannot use ${names.join(', ')}: ${messageOf(error)}`);
  }
};
