// The keys of `notifications` and `metrics`: receivers of events, and where Prometheus may ask.

import { z } from 'zod';
import { type MetricsConfig, type NotificationConfig, notificationSubjects } from '../model/model.ts';
import { choice, duration, matching, name, ofText, parseIpv4Endpoint, value, whole } from './values.ts';

const isWebAddress = (text: string): boolean => {
  try {
    return /^https?:$/.test(new URL(text).protocol);
  } catch {
    return false;
  }
};

const webAddress = () =>
  value('a URL such as https://example.org/hook', (input) =>
    typeof input === 'string' && isWebAddress(input) ? input : undefined,
  ).meta({ type: 'string', pattern: '^[Hh][Tt][Tt][Pp][Ss]?:' });

const loopbackEndpoint = () =>
  value(
    'an address of the loopback and a port, such as 127.0.0.1:9184',
    ofText((text) => {
      const found = parseIpv4Endpoint(text);
      return found?.address.startsWith('127.') ? found : undefined;
    }),
  ).meta({ type: 'string', pattern: '^127\\.[\\d.]+:[1-9]\\d{0,4}$' });

export const notificationKeys = {
  name: name().meta({ description: 'What status and logs call it.', example: 'pager' }),
  about: z
    .array(choice(notificationSubjects))
    .min(1)
    .default([...notificationSubjects])
    .describe('The subjects of its notifications.'),
  script: z
    .array(z.string())
    .min(1)
    .optional()
    .meta({
      description:
        'Program, by its absolute path, and arguments; its environment has the facts. It must belong to root and be writable by root alone. One of script, webhook and fifo is given.',
      example: ['/etc/regent/notify.sh', '--verbose'],
    }),
  webhook: webAddress().optional().meta({ description: 'Gets JSON by POST.', example: 'https://pager.example/hook' }),
  headers: z
    .record(z.string(), z.string())
    .default({})
    .meta({ description: 'Of a webhook.', example: { authorization: 'Bearer 0123' } }),
  fifo: matching('an absolute path', /^\/.*[^/]$/)
    .optional()
    .meta({ description: "Gets keepalived's lines.", example: '/run/regent/notify.fifo' }),
  timeout: duration('positive').prefault('5s').describe('Of one delivery.'),
  retries: whole(0, 100).default(5).meta({
    description:
      'How often a failed delivery is tried again, after 0.5 s and then after twice as long, a minute at most.',
    unit: 'deliveries',
  }),
};

const targetOf = (raw: {
  readonly script?: readonly string[] | undefined;
  readonly webhook?: string | undefined;
  readonly fifo?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}): NotificationConfig['to'][] => [
  ...(raw.script === undefined ? [] : [{ type: 'script' as const, command: raw.script }]),
  ...(raw.webhook === undefined ? [] : [{ type: 'webhook' as const, url: raw.webhook, headers: raw.headers }]),
  ...(raw.fifo === undefined ? [] : [{ type: 'fifo' as const, path: raw.fifo }]),
];

const targets = ['script', 'webhook', 'fifo'] as const;

export const notification = z
  .strictObject(notificationKeys)
  .transform((raw, context): NotificationConfig => {
    const [to, ...more] = targetOf(raw);
    if (to === undefined || more.length > 0) {
      context.issues.push({ code: 'custom', message: `expected exactly one of ${targets.join(', ')}`, input: raw });
      return z.NEVER;
    }
    return { name: raw.name, about: raw.about, to, timeout: raw.timeout, retries: raw.retries };
  })
  .meta({ oneOf: targets.map((target) => ({ required: [target] })) });

export const metricsKeys = {
  listen: loopbackEndpoint().meta({
    description: 'Where Prometheus may ask, beside the control socket.',
    example: '127.0.0.1:9184',
  }),
};
export const metrics = z.strictObject(metricsKeys).transform((raw): MetricsConfig => raw);
