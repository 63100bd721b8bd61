// The keys of `anycast`: addresses that several directors announce at once through a routing daemon.

import { hostLength, isHost, parseCidr } from '../../net/cidr.ts';
import { isLinkLocal, isLoopback } from '../../net/ip-address.ts';
import { judgeHost } from './host-address.ts';
import { optional, required, withDefault } from './kind.ts';
import { judged, ofText, value } from './scalar.ts';
import { list, mapping } from './structure.ts';
import { choice, duration, filePath, flag, interfaceName, name } from './values.ts';

const anycastAddress = () =>
  judged(
    value('an IP address, such as 192.0.2.10/32 or 2001:db8::10/128', ofText(parseCidr), {
      type: 'string',
      pattern: '^[\\dA-Fa-f.:]*[.:][\\dA-Fa-f.:]*(/(32|128))?$',
    }),
    (input, cidr) => {
      const { address } = cidr;
      if (!isHost(cidr))
        return [
          {
            message: `${input} is a network: routers are announced single addresses, here ${address}/${hostLength(address)}`,
            suggestion: `${address}/${hostLength(address)}`,
          },
        ];
      if (isLoopback(address)) return [{ message: `${address} is a loopback address, which no router forwards to` }];
      if (isLinkLocal(address)) return [{ message: `${address} is a link-local address, which no router forwards to` }];
      return judgeHost(address);
    },
  );

const leaseBounds = { least: 1000, most: 60_000 } as const;

/** The kernel counts lifetimes in seconds. */
const lease = () =>
  judged(duration('positive', '1s to 60s, whole seconds'), (input, span) =>
    span < leaseBounds.least || span > leaseBounds.most || span % 1000 !== 0
      ? [{ message: `a lease is a whole number of seconds from 1s to 60s, not "${input}"` }]
      : [],
  );

const engineKeys = {
  type: required(choice(['bird', 'frr']), 'The routing daemon that exports the addresses of the interface.'),
  socket: optional(
    filePath('/run/bird/bird.ctl'),
    "Where it answers: BIRD's control socket, or the directory with FRR's sockets. Without it /run/bird/bird.ctl or /run/frr.",
    { example: '/run/bird/bird.ctl' },
  ),
};

const announcedKeys = {
  name: required(name(), 'Its name in commands, logs and metrics.', { example: 'web' }),
  addresses: required(list(anycastAddress(), 1), 'The addresses, announced and withdrawn together. /32 or /128.', {
    example: ['192.0.2.10/32', '2001:db8::10/128'],
  }),
  announce_while: withDefault(
    list(name()),
    [],
    'Virtual services that must have their quorum. Without any they are announced while this director runs.',
    { example: ['web'] },
  ),
  start_delay: withDefault(
    duration('zero'),
    '10s',
    'How long a director that was started or resumed waits, after the first verdicts on the servers of those services, before it announces them.',
  ),
  drain: withDefault(
    duration('zero'),
    '30s',
    'How long they are still served after a stop, a handover or a reload has withdrawn them, until they are released.',
  ),
  keep_last: withDefault(
    flag(),
    false,
    'With peers: whether the last director that announces them continues although its services have lost their quorum.',
  ),
  any_scheduler: withDefault(
    flag(),
    false,
    'Whether services on these addresses may have a scheduler that is not a hash, so that a connection breaks if a router sends it to another director.',
  ),
};

const anycastKeys = {
  interface: withDefault(
    interfaceName(),
    'regent0',
    'Name of the dummy interface that regent makes for the addresses; the routing daemon exports what is on it.',
  ),
  lease: withDefault(
    lease(),
    '3s',
    'Lifetime of the addresses, which the director keeps renewing: if it dies or freezes, they are gone at most this time and 1 s later.',
  ),
  engine: optional(mapping(engineKeys), 'The routing daemon, which is only read: for status, metrics and doctor.'),
  addresses: required(
    list(mapping(announcedKeys), 1),
    'Addresses that every director announces while it can serve them; there is no election.',
  ),
};

export const anycast = mapping(anycastKeys);
