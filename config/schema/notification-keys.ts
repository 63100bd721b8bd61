// The keys of `notifications`: receivers of events.

import { hookHeaders } from './check-values.ts';
import { optional, required, withDefault } from './kind.ts';
import { value } from './scalar.ts';
import { secret } from './secret.ts';
import { list, mapping } from './structure.ts';
import { choice, duration, filePath, name, plainText, whole } from './values.ts';

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

const notificationKeys = {
  name: required(name(), 'Its name in status and logs.', { example: 'pager' }),
  about: withDefault(
    list(choice(notificationSubjects), 1),
    [...notificationSubjects],
    'The subjects of its notifications.',
  ),
  script: optional(
    list(plainText(), 1),
    'Program, by its absolute path, and arguments; its environment holds the facts. It must belong to root and be writable by root alone. One of script, webhook and fifo is given.',
    { example: ['/etc/regent/notify.sh', '--verbose'] },
  ),
  webhook: optional(secret(webAddress()), 'Receives JSON by POST.', { example: 'https://pager.example/hook' }),
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
