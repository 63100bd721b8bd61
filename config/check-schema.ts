// The keys of a check, their defaults, and how they become the model; which keys there are depends on its type.

import { z } from 'zod';
import {
  type CheckConfig,
  type CheckType,
  type FlapDamping,
  httpMethods,
  recordTypes,
  responseCodes,
  type TlsConfig,
} from './check-model.ts';
import { findClashes } from './check-rules.ts';
import * as values from './check-values.ts';
import { milliseconds } from './units.ts';
import { choice, duration, flag, whole } from './values.ts';

const days = (count: number) => milliseconds(count * 86_400_000);
const seconds = (count: number) => milliseconds(count * 1000);

type Given<Raw> = { [Key in keyof Raw as undefined extends Raw[Key] ? never : Key]: Raw[Key] } & {
  [Key in keyof Raw as undefined extends Raw[Key] ? Key : never]?: Exclude<Raw[Key], undefined>;
};

/** Without the keys that the configuration left out, so that none is there and undefined. */
const given = <Raw extends object>(raw: Raw): Given<Raw> =>
  Object.fromEntries(Object.entries(raw).filter(([, content]) => content !== undefined)) as Given<Raw>;

const flapDampingKeys = {
  falls: whole(2, 100).default(3),
  within: duration('positive').default(seconds(60)),
  hold: duration('positive').default(seconds(60)),
};

const commonKeys = {
  interval: duration('positive').default(seconds(1)),
  fast_interval: duration('positive').optional(),
  timeout: duration('positive').default(milliseconds(500)),
  rise: whole(1, 1000).default(2),
  fall: whole(1, 1000).default(3),
  flap_damping: z
    .strictObject(flapDampingKeys)
    .transform((raw): FlapDamping => raw)
    .optional(),
  address: values.ipAddress().optional(),
  port: whole(1, 65_535).optional(),
  source_address: values.ipAddress().optional(),
};

type Common = z.output<z.ZodObject<typeof commonKeys>>;

const common = (raw: Common) =>
  given({
    interval: raw.interval,
    fastInterval: raw.fast_interval,
    timeout: raw.timeout,
    rise: raw.rise,
    fall: raw.fall,
    flapDamping: raw.flap_damping,
    address: raw.address,
    port: raw.port,
    sourceAddress: raw.source_address,
  });

const tlsKeys = {
  server_name: values.hostName().optional(),
  verify: flag().optional(),
  ca: values.absolutePath().optional(),
  certificate: values.absolutePath().optional(),
  key: values.absolutePath().optional(),
  expiry_warning: values.days().default(days(14)),
};

const tls = z.strictObject(tlsKeys).transform(
  (raw): TlsConfig =>
    given({
      serverName: raw.server_name,
      // An address is seldom what a certificate names, so without an authority there is nothing to expect.
      verify: raw.verify ?? raw.ca !== undefined,
      ca: raw.ca,
      certificate: raw.certificate,
      key: raw.key,
      expiryWarning: raw.expiry_warning,
    }),
);

const httpKeys = {
  method: choice(httpMethods).default('GET'),
  path: values.httpPath().default('/'),
  host: values.hostName().optional(),
  headers: values.headers().default({}),
  expected_status: z
    .array(values.statusRange())
    .min(1)
    .default([{ from: 200, to: 299 }]),
  body_contains: values.text().optional(),
  body_matches: values.pattern().optional(),
  follow_redirects: whole(0, 10).default(0),
  keep_alive: flag().default(false),
};

type HttpKeys = z.output<z.ZodObject<typeof httpKeys>>;

const http = (raw: HttpKeys) =>
  given({
    method: raw.method,
    path: raw.path,
    host: raw.host,
    headers: raw.headers,
    expectedStatus: raw.expected_status,
    bodyContains: raw.body_contains,
    bodyMatches: raw.body_matches,
    followRedirects: raw.follow_redirects,
    keepAlive: raw.keep_alive,
  });

const kind = <Keys extends z.core.$ZodLooseShape>(
  keys: Keys,
  shape: (raw: z.output<z.ZodObject<Keys & typeof commonKeys>>) => CheckConfig,
) => {
  const whole = { type: z.unknown().optional(), ...commonKeys, ...keys };
  const schema = z
    .strictObject(whole)
    .transform((raw) => shape(raw as z.output<z.ZodObject<Keys & typeof commonKeys>>));
  return { keys: Object.keys(whole), schema };
};

const kinds = {
  tcp: kind({}, (raw) => ({ type: 'tcp', ...common(raw) })),
  http: kind(httpKeys, (raw) => ({ type: 'http', ...common(raw), ...http(raw) })),
  https: kind({ ...httpKeys, tls: tls.prefault({}) }, (raw) => ({
    type: 'https',
    ...common(raw),
    ...http(raw),
    tls: raw.tls,
  })),
  dns: kind(
    {
      transport: choice(['udp', 'tcp']).default('udp'),
      query_name: values.domainName().default('.'),
      record_type: choice(recordTypes).default('SOA'),
      expected_rcode: choice(responseCodes).default('NOERROR'),
      expected_answer: values.text().optional(),
    },
    (raw) => ({
      type: 'dns',
      ...common(raw),
      ...given({
        transport: raw.transport,
        queryName: raw.query_name,
        recordType: raw.record_type,
        expectedRcode: raw.expected_rcode,
        expectedAnswer: raw.expected_answer,
      }),
    }),
  ),
  udp: kind(
    {
      payload: values.textPayload().optional(),
      payload_hex: values.hexPayload().optional(),
      expected_reply: values.textPayload().optional(),
      expected_reply_hex: values.hexPayload().optional(),
      silence: choice(['fails', 'passes']).default('fails'),
    },
    (raw) => ({
      type: 'udp',
      ...common(raw),
      ...given({
        payload: raw.payload_hex ?? raw.payload ?? ({ encoding: 'utf8', text: '' } as const),
        expectedReply: raw.expected_reply_hex ?? raw.expected_reply,
        silence: raw.silence,
      }),
    }),
  ),
  smtp: kind(
    {
      helo_name: values.hostName().optional(),
      security: choice(['none', 'starttls', 'tls']).default('none'),
      tls: tls.prefault({}),
    },
    (raw) => ({
      type: 'smtp',
      ...common(raw),
      ...given({ heloName: raw.helo_name, security: raw.security, tls: raw.tls }),
    }),
  ),
  ping: kind({ size: whole(8, 1400).default(32) }, (raw) => ({ type: 'ping', ...common(raw), size: raw.size })),
  grpc: kind({ service: values.text().optional(), tls: tls.optional() }, (raw) => ({
    type: 'grpc',
    ...common(raw),
    ...given({ service: raw.service ?? '', tls: raw.tls }),
  })),
  script: kind(
    {
      command: z.array(values.text()).min(1),
      environment: values.environment().default({}),
      weight_from_output: flag().default(false),
    },
    (raw) => ({
      type: 'script',
      ...common(raw),
      command: raw.command,
      environment: raw.environment,
      weightFromOutput: raw.weight_from_output,
    }),
  ),
  file: kind(
    {
      path: values.absolutePath(),
      content: choice(['state', 'weight']).default('state'),
      missing: choice(['down', 'up']).default('down'),
    },
    (raw) => ({ type: 'file', ...common(raw), path: raw.path, content: raw.content, missing: raw.missing }),
  ),
} satisfies Record<CheckType, ReturnType<typeof kind>>;

const typeOf = choice(Object.keys(kinds) as CheckType[]).default('tcp');

const check = z.unknown().transform((input, context): CheckConfig => {
  const refuse = (issues: readonly z.core.$ZodIssue[], at: readonly string[], known?: readonly string[]): never => {
    for (const issue of issues) {
      const path = [...at, ...issue.path];
      const isOwnKey = issue.code === 'unrecognized_keys' && issue.path.length === 0;
      context.issues.push({ ...issue, path, input, ...(isOwnKey && { known }) } as z.core.$ZodRawIssue);
    }
    return z.NEVER;
  };
  const whole = z.looseObject({}).safeParse(input);
  if (!whole.success) return refuse(whole.error.issues, []);
  const type = typeOf.safeParse(whole.data.type);
  if (!type.success) return refuse(type.error.issues, ['type']);
  const { keys, schema } = kinds[type.data];
  const parsed = schema.safeParse(input);
  if (!parsed.success) return refuse(parsed.error.issues, [], keys);
  const clashes = findClashes(whole.data, parsed.data);
  for (const { path, message } of clashes) context.issues.push({ code: 'custom', path: [...path], message, input });
  return parsed.data;
});

/** What a server is checked by where the configuration says nothing. */
export const defaultCheck: CheckConfig = check.parse({});

/** A single check or a list of them, on a service or on one of its servers. */
export const checksKeys = { check: check.optional(), checks: z.array(check).optional() };

/** The checks that a mapping names; nothing where it names none. */
export const checksOf = (raw: {
  readonly check?: CheckConfig | undefined;
  readonly checks?: readonly CheckConfig[] | undefined;
}): { readonly checks?: readonly CheckConfig[] } => {
  const checks = raw.checks ?? (raw.check && [raw.check]);
  return checks === undefined ? {} : { checks };
};

/** The keys of the mappings within checks, by their paths. */
export const knownCheckKeys = (owner: string): Readonly<Record<string, object>> =>
  Object.fromEntries(
    ['check', 'checks'].flatMap((key) => [
      [`${owner}.${key}.tls`, tlsKeys],
      [`${owner}.${key}.flap_damping`, flapDampingKeys],
    ]),
  );
