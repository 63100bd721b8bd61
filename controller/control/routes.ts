// The routes of the control socket, one row for each path. docs/control-api.yaml describes them; a test compares the two.

import type { DirectorConfig, LogLevel, LogRoom } from '../../config/model/model.ts';
import { logLevels, logRooms } from '../../config/schema/log-keys.ts';
import type { LogRecord, RecordFilter } from '../log/record.ts';
import type { MemberRefusal } from '../members.ts';
import type { CommandChange } from '../operator/commands.ts';
import { isMemberSettings, type MemberSettings, settingKeys } from '../operator/memberships.ts';
import type { Plan } from '../plan-line.ts';
import { type ProcessName, processNames } from '../processes/program.ts';
import type { ReloadOutcome } from '../reload.ts';
import type { Exposition } from './metrics-answers.ts';
import { failure, type Reply, type Route } from './server.ts';
import type { Explanation } from './why.ts';

/** The director's operations behind the routes; a returned string is the reason for a refusal. */
export type ControlPort = {
  /** JSON, in pieces. */
  readonly statusText: () => AsyncIterable<string>;
  /** Lines of JSON, each a status, until `signal` is aborted. @param beats empty lines between them, too. */
  readonly followStatus: (beats: boolean, signal: AbortSignal) => AsyncIterable<string>;
  readonly explainRouter: (router: string) => Explanation | string;
  readonly explainAnycast: (entry: string) => Explanation | string;
  readonly explainServer: (server: string) => readonly Explanation[] | string;
  readonly command: (server: string, change: CommandChange) => string | undefined;
  /** What such a command would change. */
  readonly planCommand: (server: string, change: CommandChange) => Plan | string;
  /** @param router all routers where absent. */
  readonly standAside: (router: string | undefined, isAside: boolean) => string | undefined;
  /** The cost of a handover. @param router all routers where absent. */
  readonly planHandover: (router: string | undefined) => Plan | string;
  /** Returns the reason for a refusal: it would cost mastership, and `force` is not set. */
  readonly replace: (process: ProcessName, force: boolean) => string | undefined;
  /** @param server its address, with the port where it differs from the service's. */
  readonly addServer: (service: string, server: string, settings: MemberSettings) => MemberRefusal | undefined;
  /** @param server its name or address. */
  readonly removeServer: (service: string, server: string) => MemberRefusal | undefined;
  readonly plan: (next: DirectorConfig) => { readonly plan: Plan; readonly differences: readonly string[] };
  /** What commands change of the file in force. */
  readonly differences: () => readonly string[];
  readonly reload: () => Promise<ReloadOutcome>;
  readonly records: (filter: RecordFilter, follows: boolean, signal: AbortSignal) => AsyncIterable<LogRecord>;
  readonly levels: () => Readonly<Record<LogRoom, LogLevel>>;
  readonly setLevel: (room: LogRoom, level: LogLevel) => void;
  readonly metrics: Exposition;
};

const done: Reply = { status: 200, body: { done: true } };
const outcome = (refusal: string | undefined): Reply => (refusal === undefined ? done : failure(404, refusal));
const planned = (plan: Plan | string): Reply =>
  typeof plan === 'string' ? failure(404, plan) : { status: 200, body: { plan } };
const changed = (refusal: MemberRefusal | undefined): Reply =>
  refusal === undefined ? done : failure(refusal.isUnknown ? 404 : 409, refusal.refused);
/** The server and settings in the body of an addition, or why it has none. */
const additionIn = (body: unknown): { readonly address: string; readonly settings: MemberSettings } | string => {
  const { address, ...settings } = typeof body === 'object' && body !== null ? (body as { address?: unknown }) : {};
  if (typeof address !== 'string') return 'address is not an address and port';
  return isMemberSettings(settings)
    ? { address, settings }
    : `beside address only ${settingKeys.join(', ')} can be given, each a text or a number`;
};
const found = (value: unknown): Reply =>
  typeof value === 'string' ? failure(404, value) : { status: 200, body: value };

const field = (body: unknown, name: string): unknown =>
  typeof body === 'object' && body !== null ? (Reflect.get(body, name) as unknown) : undefined;

const member = <T extends string>(words: readonly T[], value: unknown): T | undefined =>
  words.find((word) => word === value);

const isWeight = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 65_535;

/** What a command would change, as a request names it; undefined where it names nothing. */
const changeIn = (body: unknown): CommandChange | undefined => {
  const [drained, weight] = [field(body, 'drained'), field(body, 'weight')];
  if (typeof drained === 'boolean') return { drained };
  return isWeight(weight) || weight === 'as configured' ? { weight } : undefined;
};

/** The router named in a request; null where the value is no name. */
const routerIn = (router: unknown): string | undefined | null =>
  router === undefined || typeof router === 'string' ? router : null;

/** Whether it has the lists that a plan reads; the commands send configurations that they have validated. */
const isConfig = (value: unknown): value is DirectorConfig =>
  Array.isArray(field(field(value, 'vrrp'), 'routers')) &&
  Array.isArray(field(field(value, 'vrrp'), 'groups')) &&
  Array.isArray(field(value, 'virtualServices'));

const filterOf = (query: URLSearchParams): RecordFilter | string => {
  const [since, subject, process] = ['since', 'subject', 'process'].map((key) => query.get(key) ?? undefined);
  if (since !== undefined && Number.isNaN(Date.parse(since))) return `since is not a time: ${since}`;
  return {
    ...(since !== undefined && { since: new Date(since).toISOString() }),
    ...(subject !== undefined && { subject }),
    ...(process !== undefined && { process }),
  };
};

const standAside =
  (director: ControlPort, isAside: boolean): Route['handle'] =>
  ({ body }) => {
    const router = routerIn(field(body, 'router'));
    return router === null ? failure(400, 'router is not a name') : outcome(director.standAside(router, isAside));
  };

export const controlRoutes = (director: ControlPort): readonly Route[] => [
  {
    method: 'GET',
    path: '/v1/status',
    handle: ({ query, signal }) =>
      query.get('follow') === 'true'
        ? { pieces: director.followStatus(query.get('beat') === 'true', signal), contentType: 'application/x-ndjson' }
        : { pieces: director.statusText(), contentType: 'application/json' },
  },
  {
    method: 'GET',
    path: '/metrics',
    handle: () => ({ pieces: director.metrics.render(), contentType: director.metrics.contentType }),
  },
  {
    method: 'GET',
    path: '/v1/routers/{router}/why',
    handle: ({ params }) => found(director.explainRouter(params.router ?? '')),
  },
  {
    method: 'GET',
    path: '/v1/anycast/{entry}/why',
    handle: ({ params }) => found(director.explainAnycast(params.entry ?? '')),
  },
  {
    method: 'GET',
    path: '/v1/servers/{server}/why',
    handle: ({ params }) => found(director.explainServer(params.server ?? '')),
  },
  {
    method: 'POST',
    path: '/v1/servers/{server}/drain',
    handle: ({ params }) => outcome(director.command(params.server ?? '', { drained: true })),
  },
  {
    method: 'POST',
    path: '/v1/servers/{server}/undrain',
    handle: ({ params }) => outcome(director.command(params.server ?? '', { drained: false })),
  },
  {
    method: 'PUT',
    path: '/v1/servers/{server}/weight',
    handle: ({ params, body }) => {
      const weight = field(body, 'weight');
      return isWeight(weight)
        ? outcome(director.command(params.server ?? '', { weight }))
        : failure(400, 'weight is not a whole number from 0 to 65535');
    },
  },
  {
    method: 'DELETE',
    path: '/v1/servers/{server}/weight',
    handle: ({ params }) => outcome(director.command(params.server ?? '', { weight: 'as configured' })),
  },
  {
    method: 'POST',
    path: '/v1/servers/{server}/plan',
    handle: ({ params, body }) => {
      const change = changeIn(body);
      if (change === undefined)
        return failure(400, 'expected drained (true or false), or weight (a number, or "as configured")');
      return planned(director.planCommand(params.server ?? '', change));
    },
  },
  {
    method: 'POST',
    path: '/v1/services/{service}/servers',
    handle: ({ params, body }) => {
      const addition = additionIn(body);
      return typeof addition === 'string'
        ? failure(400, addition)
        : changed(director.addServer(params.service ?? '', addition.address, addition.settings));
    },
  },
  {
    method: 'DELETE',
    path: '/v1/services/{service}/servers/{server}',
    handle: ({ params }) => changed(director.removeServer(params.service ?? '', params.server ?? '')),
  },
  {
    method: 'GET',
    path: '/v1/handover',
    handle: ({ query }) => planned(director.planHandover(query.get('router') ?? undefined)),
  },
  { method: 'POST', path: '/v1/handover', handle: standAside(director, true) },
  { method: 'POST', path: '/v1/resume', handle: standAside(director, false) },
  {
    method: 'POST',
    path: '/v1/processes/{process}/replace',
    handle: ({ params, body }) => {
      const name = member(processNames, params.process);
      if (name === undefined)
        return failure(404, `There is no process ${params.process}; there are ${processNames.join(', ')}`);
      const refusal = director.replace(name, field(body, 'force') === true);
      return refusal === undefined ? done : failure(409, refusal);
    },
  },
  {
    method: 'POST',
    path: '/v1/plan',
    handle: ({ body }) =>
      isConfig(body) ? { status: 200, body: director.plan(body) } : failure(400, 'the body is not a configuration'),
  },
  {
    method: 'POST',
    path: '/v1/reload',
    handle: async () => {
      const result = await director.reload();
      return result.applied
        ? { status: 200, body: { plan: result.plan, differences: director.differences() } }
        : {
            status: 409,
            body: {
              error: 'The configuration is refused; the old one stays in force',
              problems: result.problems,
            },
          };
    },
  },
  {
    method: 'GET',
    path: '/v1/events',
    handle: ({ query, signal }) => {
      const filter = filterOf(query);
      return typeof filter === 'string'
        ? failure(400, filter)
        : { records: director.records(filter, query.get('follow') === 'true', signal) };
    },
  },
  { method: 'GET', path: '/v1/log/levels', handle: () => ({ status: 200, body: director.levels() }) },
  {
    method: 'PUT',
    path: '/v1/log/levels/{room}',
    handle: ({ params, body }) => {
      const room = member(logRooms, params.room);
      const level = member(logLevels, field(body, 'level'));
      if (room === undefined)
        return failure(404, `There is no process ${params.room}; there are ${logRooms.join(', ')}`);
      if (level === undefined) return failure(400, `level is none of ${logLevels.join(', ')}`);
      director.setLevel(room, level);
      return { status: 200, body: director.levels() };
    },
  },
];
