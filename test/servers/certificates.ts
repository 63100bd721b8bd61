// Certificates of a test's own authority, as files.

import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import forge from 'node-forge';

export type Issued = {
  readonly certificate: string;
  readonly key: string;
  readonly cert: string;
  readonly keyText: string;
};

export type Authority = {
  /** Its own certificate's file. */
  readonly ca: string;
  /** Issues a certificate for names and addresses; it ends `days` from now, and begins `from` days from now: both may lie in the past. */
  readonly issue: (names: readonly string[], days?: number, from?: number) => Issued;
  /** A file of its folder, for other content. */
  readonly file: (name: string, content: string) => string;
  readonly remove: () => void;
};

const day = 86_400_000;

export const createAuthority = (): Authority => {
  const folder = mkdtempSync(join(tmpdir(), 'regent-certificates-'));
  let serial = 0;
  const makeKey = (): {
    readonly key: forge.pki.rsa.PrivateKey;
    readonly publicKey: forge.pki.PublicKey;
    readonly pem: string;
  } => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    });
    return {
      key: forge.pki.privateKeyFromPem(privateKey),
      publicKey: forge.pki.publicKeyFromPem(publicKey),
      pem: privateKey,
    };
  };
  const own = makeKey();
  const ownName = [{ name: 'commonName', value: 'regent test authority' }];

  const file = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };

  const sign = (
    subject: forge.pki.CertificateField[],
    publicKey: forge.pki.PublicKey,
    days: number,
    extensions: object[],
    from = -100,
  ): string => {
    const certificate = forge.pki.createCertificate();
    serial += 1;
    certificate.serialNumber = serial.toString(16).padStart(2, '0');
    certificate.publicKey = publicKey;
    certificate.validity.notBefore = new Date(Date.now() + from * day);
    certificate.validity.notAfter = new Date(Date.now() + days * day);
    certificate.setSubject(subject);
    certificate.setIssuer(ownName);
    certificate.setExtensions(extensions);
    certificate.sign(own.key, forge.md.sha256.create());
    return forge.pki.certificateToPem(certificate);
  };

  const ca = file(
    'ca.pem',
    sign(ownName, own.publicKey, 365, [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ]),
  );

  return {
    ca,
    issue: (names, days = 90, from = -100) => {
      const { publicKey, pem } = makeKey();
      const altNames = names.map((name) => (isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name }));
      const extensions = [{ name: 'subjectAltName', altNames }];
      const cert = sign([{ name: 'commonName', value: names[0] ?? '' }], publicKey, days, extensions, from);
      return {
        cert,
        keyText: pem,
        certificate: file(`${serial}.pem`, cert),
        key: file(`${serial}.key`, pem),
      };
    },
    file,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
};
