// The keys of `notifications` and `metrics`: who is told what happens, and where Prometheus may ask.

import { z } from 'zod';
import { type MetricsConfig, type NotificationConfig, notificationSubjects } from './model.ts';
import { milliseconds } from './units.ts';
import { choice, duration, name, parseEndpoint, value, whole } from './values.ts';

const path = () =>
  value('an absolute path', (input) => (typeof input === 'string' && /^\/.*[^/]$/.test(input) ? input : undefined));

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
  );

const loopbackEndpoint = () =>
  value('an address of the loopback and a port, such as 127.0.0.1:9184', (input) => {
    const found = parseEndpoint(input);
    return found?.address.startsWith('127.') ? found : undefined;
  });

export const notificationKeys = {
  name: name(),
  about: z
    .array(choice(notificationSubjects))
    .min(1)
    .default([...notificationSubjects]),
  script: z.array(z.string()).min(1).optional(),
  webhook: webAddress().optional(),
  headers: z.record(z.string(), z.string()).default({}),
  fifo: path().optional(),
  timeout: duration('positive').default(milliseconds(5000)),
  retries: whole(0, 100).default(5),
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

export const notification = z.strictObject(notificationKeys).transform((raw, context): NotificationConfig => {
  const [to, ...more] = targetOf(raw);
  if (to === undefined || more.length > 0) {
    context.issues.push({ code: 'custom', message: 'expected exactly one of script, webhook and fifo', input: raw });
    return z.NEVER;
  }
  return { name: raw.name, about: raw.about, to, timeout: raw.timeout, retries: raw.retries };
});

export const metricsKeys = { listen: loopbackEndpoint() };
export const metrics = z.strictObject(metricsKeys).transform((raw): MetricsConfig => raw);
