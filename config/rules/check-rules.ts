// Settings of a check that exclude each other.

import { unreachable } from '../../base/unreachable.ts';
import { familyOf } from '../../net/ip-address.ts';
import { type Check, checkProgram, checksOf, type Finding, present, type Service } from './finding.ts';
import type { Places } from './places.ts';

type Tls = NonNullable<Extract<Check, { readonly tls?: unknown }>['tls']>;

const judgeTls = (tls: Tls, places: Places): Finding[] => {
  const complain = (field: keyof Tls, message: string): Finding => ({ path: places.of(tls, field), message });
  const { ca, verify, certificate, key } = tls;
  return [
    ...(ca !== undefined && verify === false ? [complain('ca', 'it has no effect while "verify" is false')] : []),
    ...(certificate !== undefined && !places.isGiven(tls, 'key')
      ? [complain('certificate', 'it needs its "key"')]
      : []),
    ...(key !== undefined && !places.isGiven(tls, 'certificate')
      ? [complain('key', 'it needs its "certificate"')]
      : []),
  ];
};

const judgeKind = (check: Check, places: Places): Finding[] => {
  switch (check.type) {
    case 'http':
    case 'https': {
      if (check.method !== 'HEAD') return [];
      const message = 'an answer to HEAD has no body (RFC 9110, section 9.3.2)';
      return (['bodyContains', 'bodyMatches', 'bodyLacks'] as const).flatMap((field) =>
        check[field] === undefined ? [] : [{ path: places.of(check, field), message }],
      );
    }
    case 'dns':
      return check.expectedAnswer !== undefined &&
        check.expectedRcode !== undefined &&
        check.expectedRcode !== 'NOERROR'
        ? [
            {
              path: places.of(check, 'expectedAnswer'),
              message: `an answer of ${check.expectedRcode} has no records`,
            },
          ]
        : [];
    case 'udp':
      return (check.expectedReplyHex ?? check.expectedReply) !== undefined && check.silence === 'passes'
        ? [{ path: places.of(check, 'silence'), message: 'silence cannot pass while a reply is expected' }]
        : [];
    case 'script':
      return checkProgram(check.command, places);
    case 'tcp':
    case 'smtp':
    case 'ping':
    case 'grpc':
    case 'file':
    case undefined:
      return [];
    default:
      return unreachable(check);
  }
};

const findTwins = (check: Check, places: Places): Finding[] => {
  if (check.type !== 'udp') return [];
  const twins = [
    ['payload', 'payloadHex', 'payload'],
    ['expectedReply', 'expectedReplyHex', 'expected_reply'],
  ] as const;
  return twins.flatMap(([one, other, key]) =>
    places.isGiven(check, one) && places.isGiven(check, other)
      ? [{ path: places.of(check, other), message: `"${key}" is given already` }]
      : [],
  );
};

const judgeCheck = (check: Check, places: Places): Finding[] => {
  const { interval, fastInterval, address, sourceAddress } = check;
  return [
    ...judgeKind(check, places),
    ...('tls' in check && check.tls !== undefined ? judgeTls(check.tls, places) : []),
    ...(fastInterval !== undefined && interval !== undefined && fastInterval > interval
      ? [{ path: places.of(check, 'fastInterval'), message: 'it must not be longer than "interval"' }]
      : []),
    ...(address !== undefined && sourceAddress !== undefined && familyOf(address) !== familyOf(sourceAddress)
      ? [{ path: places.of(check, 'sourceAddress'), message: `it must be of the family of ${address}` }]
      : []),
    ...findTwins(check, places),
  ];
};

/** Checks all checks of all services and servers. */
export const checkChecks = (services: readonly Service[], places: Places): Finding[] =>
  services
    .flatMap((service) => [service, ...present(service.realServers)].flatMap(checksOf))
    .flatMap((check) => judgeCheck(check, places));
