// Settings of a check that exclude each other.

import { unreachable } from '../../base/unreachable.ts';
import { familyOf } from '../../net/ip-address.ts';
import type { CheckConfig, TlsConfig } from '../model/check-model.ts';

/** A complaint about a key of the check. */
export type Clash = { readonly path: readonly string[]; readonly message: string };

const judgeTls = (tls: TlsConfig): Clash[] => {
  const clashes: Clash[] = [];
  const complain = (key: string, message: string) => clashes.push({ path: ['tls', key], message });
  if (tls.ca !== undefined && !tls.verify) complain('ca', 'nothing is verified by it while "verify" is false');
  if (tls.certificate !== undefined && tls.key === undefined) complain('certificate', 'it needs its "key" too');
  if (tls.key !== undefined && tls.certificate === undefined) complain('key', 'it needs its "certificate" too');
  return clashes;
};

const judgeKind = (check: CheckConfig): Clash[] => {
  switch (check.type) {
    case 'http':
    case 'https': {
      if (check.method !== 'HEAD') return [];
      const rules = { body_contains: check.bodyContains, body_matches: check.bodyMatches, body_lacks: check.bodyLacks };
      const message = 'an answer to HEAD has no body (RFC 9110, section 9.3.2)';
      return Object.entries(rules).flatMap(([key, rule]) => (rule === undefined ? [] : [{ path: [key], message }]));
    }
    case 'dns':
      return check.expectedAnswer !== undefined && check.expectedRcode !== 'NOERROR'
        ? [{ path: ['expected_answer'], message: `there is none with an expected_rcode of ${check.expectedRcode}` }]
        : [];
    case 'udp':
      return check.expectedReply !== undefined && check.silence === 'passes'
        ? [{ path: ['silence'], message: 'it cannot pass where a reply is expected' }]
        : [];
    case 'script': {
      const [program = ''] = check.command;
      return program.startsWith('/')
        ? []
        : [{ path: ['command', '0'], message: `expected an absolute path, not "${program}"` }];
    }
    case 'tcp':
    case 'smtp':
    case 'ping':
    case 'grpc':
    case 'file':
      return [];
    default:
      return unreachable(check);
  }
};

const twins = [
  ['payload', 'payload_hex'],
  ['expected_reply', 'expected_reply_hex'],
] as const;

/**
 * Finds contradictions in a check.
 * @param raw the mapping as it was written, for what the model no longer distinguishes.
 */
export const findClashes = (raw: Readonly<Record<string, unknown>>, check: CheckConfig): Clash[] => {
  const { interval, fastInterval, address, sourceAddress } = check;
  const clashes = judgeKind(check);
  if ('tls' in check && check.tls !== undefined) clashes.push(...judgeTls(check.tls));
  if (fastInterval !== undefined && fastInterval > interval) {
    clashes.push({ path: ['fast_interval'], message: 'it must not be longer than "interval"' });
  }
  if (address !== undefined && sourceAddress !== undefined && familyOf(address) !== familyOf(sourceAddress)) {
    clashes.push({ path: ['source_address'], message: `it must be of the family of ${address}` });
  }
  for (const [one, other] of twins) {
    if (raw[one] !== undefined && raw[other] !== undefined) {
      clashes.push({ path: [other], message: `there is "${one}" already` });
    }
  }
  return clashes;
};
