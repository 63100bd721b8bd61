// The kinds of checks: the additional keys of each, and their conversion to the model.

import { z } from 'zod';
import { type CheckConfig, type CheckType, httpMethods, recordTypes, responseCodes } from '../model/check-model.ts';
import { common, commonKeys, given } from './check-common-schema.ts';
import * as values from './check-values.ts';
import { tls } from './tls-schema.ts';
import { choice, flag, whole } from './values.ts';

const httpKeys = {
  method: choice(httpMethods).default('GET').describe('Of the request.'),
  path: values.httpPath().default('/').meta({ description: 'Path and query.', example: '/health?full=1' }),
  host: values.hostHeader().optional().meta({
    description: 'The Host header. Without it the address and port.',
    example: 'www.example.org',
  }),
  headers: values
    .headers()
    .default({})
    .meta({ description: 'Further header fields.', example: { 'user-agent': 'regent' } }),
  expected_status: z
    .array(values.statusRange())
    .min(1)
    .prefault(['200-299'])
    .meta({
      description: 'Statuses and ranges of them that are a success.',
      example: [200, '300-399'],
    }),
  body_contains: values.text().optional().meta({ description: 'Text that the body must contain.', example: 'ready' }),
  body_matches: values.pattern().optional().meta({
    description: 'Regular expression (RE2, whose time is bounded) that the body must match.',
    example: 'version: \\d+',
  }),
  body_lacks: values.pattern().optional().meta({
    description: 'Regular expression (RE2) that the body must not match.',
    example: '(?i)maintenance',
  }),
  follow_redirects: whole(0, 10).default(0).meta({
    description: 'How many are followed on the same server; with 0 a redirect is judged by its own status.',
    unit: 'redirects',
  }),
  keep_alive: flag()
    .default(false)
    .describe(
      'Whether the connection is kept for the next probe. A server that leaves a later request of it unanswered fails.',
    ),
  strict: flag()
    .default(false)
    .describe('Whether an answer that breaks the rules of HTTP fails, which curl and HAProxy take all the same.'),
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
    bodyLacks: raw.body_lacks,
    followRedirects: raw.follow_redirects,
    keepAlive: raw.keep_alive,
    strict: raw.strict,
  });

const kind = <Keys extends z.core.$ZodLooseShape>(
  type: CheckType,
  keys: Keys,
  shape: (raw: z.output<z.ZodObject<Keys & typeof commonKeys>>) => CheckConfig,
) => {
  const word = choice([type]);
  const whole = {
    type: (type === 'tcp' ? word.default(type) : word).describe('The kind of check.'),
    ...keys,
    ...commonKeys,
  };
  const schema = z
    .strictObject(whole)
    .transform((raw) => shape(raw as z.output<z.ZodObject<Keys & typeof commonKeys>>));
  return { keys: whole as Readonly<Record<string, z.ZodType>>, schema };
};

/** Each kind: its keys, and the conversion to a check. */
export const checkKinds = {
  tcp: kind(
    'tcp',
    {
      half_open: flag()
        .default(false)
        .describe(
          'Whether a server is up once it answers a SYN: the connection is reset before its program sees it, which costs a fraction, and does not notice a program that takes no more connections while the system still answers for it.',
        ),
    },
    (raw) => ({ type: 'tcp', ...common(raw), ...(raw.half_open && { halfOpen: true as const }) }),
  ),
  http: kind('http', httpKeys, (raw) => ({ type: 'http', ...common(raw), ...http(raw) })),
  https: kind('https', { ...httpKeys, tls: tls.prefault({}).describe('How its certificate is judged.') }, (raw) => ({
    type: 'https',
    ...common(raw),
    ...http(raw),
    tls: raw.tls,
  })),
  dns: kind(
    'dns',
    {
      transport: choice(['udp', 'tcp']).default('udp').describe('Over which it asks.'),
      query_name: values.domainName().default('.').meta({ description: 'The name asked for.', example: 'example.org' }),
      record_type: choice(recordTypes).default('SOA').describe('The type asked for.'),
      expected_rcode: choice(responseCodes).default('NOERROR').describe('The response code that is a success.'),
      expected_answer: values.text().optional().meta({
        description: 'Data that one record of the answer must have, as in a zone file.',
        example: '192.0.2.1',
      }),
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
    'udp',
    {
      payload: values.textPayload().optional().meta({
        description: 'Text to send. Without it an empty datagram.',
        example: 'ping',
      }),
      payload_hex: values.hexPayload().optional().meta({
        description: 'Bytes to send, instead of payload: pairs of hexadecimal digits.',
        example: '00ff',
      }),
      expected_reply: values.textPayload().optional().meta({
        description: 'Text that the reply must contain. Without it any reply is a success.',
        example: 'pong',
      }),
      expected_reply_hex: values.hexPayload().optional().meta({
        description: 'Bytes that the reply must contain, instead of expected_reply.',
        example: '8180',
      }),
      silence: choice(['fails', 'passes'])
        .default('fails')
        .describe('What no reply is. passes: only an answer by ICMP that the port is closed fails.'),
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
    'smtp',
    {
      helo_name: values.heloName().optional().meta({
        description: "What the probe calls itself. Without it this host's name.",
        example: 'lb0.example.org',
      }),
      security: choice(['none', 'starttls', 'tls'])
        .default('none')
        .describe('starttls: asks for TLS within the conversation. tls: from its start.'),
      tls: tls.prefault({}).describe('How its certificate is judged.'),
    },
    (raw) => ({
      type: 'smtp',
      ...common(raw),
      ...given({ heloName: raw.helo_name, security: raw.security, tls: raw.tls }),
    }),
  ),
  ping: kind(
    'ping',
    { size: whole(8, 1400).default(32).meta({ description: 'Of the payload.', unit: 'bytes' }) },
    (raw) => ({ type: 'ping', ...common(raw), size: raw.size }),
  ),
  grpc: kind(
    'grpc',
    {
      service: values.text().optional().meta({
        description: 'The service asked about. Without it the server as a whole.',
        example: 'shop.Cart',
      }),
      tls: tls.optional().describe('How its certificate is judged. Without it the connection is in clear text.'),
    },
    (raw) => ({
      type: 'grpc',
      ...common(raw),
      ...given({ service: raw.service ?? '', tls: raw.tls }),
    }),
  ),
  script: kind(
    'script',
    {
      command: z
        .array(values.text())
        .min(1)
        .meta({
          description:
            'Program, by its absolute path, and arguments; there is no shell. It runs without privileges, and must belong to root and be writable by nobody else, like the folders above it. Exit status 0 is a success. What it leaves running is ended.',
          example: ['/usr/local/bin/check-web', '--quick'],
        }),
      environment: values
        .environment()
        .default({})
        .meta({ description: 'Further variables of its environment.', example: { SITE: 'www.example.org' } }),
      weight_from_output: flag().default(false).describe("Whether the last line of its output is the server's weight."),
      weight_from_status: flag()
        .default(false)
        .describe(
          "Whether an exit status from 2 to 255 is a success, too, with a weight of two less for the server, as of keepalived's misc_dynamic.",
        ),
    },
    (raw) => ({
      type: 'script',
      ...common(raw),
      command: raw.command,
      environment: raw.environment,
      weightFromOutput: raw.weight_from_output,
      weightFromStatus: raw.weight_from_status,
    }),
  ),
  file: kind(
    'file',
    {
      path: values.absolutePath().meta({ description: 'The file.', example: '/run/rs0.state' }),
      content: choice(['state', 'weight'])
        .default('state')
        .describe("state: it holds up or down. weight: it holds the server's weight."),
      missing: choice(['down', 'up']).default('down').describe('What a missing file means.'),
    },
    (raw) => ({ type: 'file', ...common(raw), path: raw.path, content: raw.content, missing: raw.missing }),
  ),
} satisfies Record<CheckType, ReturnType<typeof kind>>;
