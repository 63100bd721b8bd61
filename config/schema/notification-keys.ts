// The keys of `notifications` and `metrics`: receivers of events, and where Prometheus may ask.

import { hookHeaders } from './check-values.ts';
import { optional, required, withDefault } from './kind.ts';
import { ofText, value } from './scalar.ts';
import { list, mapping } from './structure.ts';
import { choice, duration, filePath, name, parseIpv4Endpoint, plainText, whole } from './values.ts';

const notificationSubjects = ['router', 'group', 'server', 'service', 'split-brain'] as const;

const isWebAddress = (text: string): boolean => {
  try {
    return /^https?:$/.test(new URL(text).protocol);
  } catch {
    return false;
  }
};

const webAddress = () =>
  value(
    'a URL such as https://example.org/hook',
    (input) => (typeof input === 'string' && isWebAddress(input) ? input : undefined),
    { type: 'string', pattern: '^[Hh][Tt][Tt][Pp][Ss]?:' },
  );

const loopbackEndpoint = () =>
  value(
    'a loopback address and a port, such as 127.0.0.1:9184',
    ofText((text) => {
      const found = parseIpv4Endpoint(text);
      return found?.address.startsWith('127.') ? found : undefined;
    }),
    { type: 'string', pattern: '^127\\.[\\d.]+:[1-9]\\d{0,4}$' },
  );

const notificationKeys = {
  name: required(name(), 'Its name in status and logs.', { example: 'pager' }),
  about: withDefault(
    list(choice(notificationSubjects), 1),
    [...notificationSubjects],
    'The subjects of its notifications.',
  ),
  script: optional(
    list(plainText(), 1),
    'Program, by its absolute path, and arguments; its environment has the facts. It must belong to root and be writable by root alone. One of script, webhook and fifo is given.',
    { example: ['/etc/regent/notify.sh', '--verbose'] },
  ),
  webhook: optional(webAddress(), 'Receives JSON by POST.', { example: 'https://pager.example/hook' }),
  headers: withDefault(hookHeaders(), {}, 'Of a webhook.', { example: { authorization: 'Bearer 0123' } }),
  fifo: optional(filePath(), "Receives keepalived's lines.", {
    example: '/run/regent/notify.fifo',
  }),
  timeout: withDefault(duration('positive'), '5s', 'Of one delivery.'),
  retries: withDefault(
    whole(0, 100),
    5,
    'How often a failed delivery is tried again, after 0.5 s and then after twice as long, a minute at most.',
    { unit: 'deliveries' },
  ),
};

const targets = ['script', 'webhook', 'fifo'] as const;

export const notification = mapping(notificationKeys, {
  oneOf: { keys: targets, message: `expected exactly one of ${targets.join(', ')}` },
});

const metricsKeys = {
  listen: required(loopbackEndpoint(), 'Address and port for Prometheus, besides the control socket.', {
    example: '127.0.0.1:9184',
  }),
};

export const metrics = mapping(metricsKeys);
