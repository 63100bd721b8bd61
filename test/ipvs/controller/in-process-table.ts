// The director's IPVS table without the director: a configuration applied in a namespace by this process, turn by turn.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Instant, monotonic } from '../../../base/units.ts';
import type { DirectorConfig } from '../../../config/model/model.ts';
import { parseConfig } from '../../../config/source/load.ts';
import { formatProblems } from '../../../config/source/problem.ts';
import type { ServerStanding } from '../../../controller/ipvs/service-judgement.ts';
import { type IpvsTable, openIpvsTable } from '../../../controller/ipvs/table.ts';
import { createNamespace, type Namespace, removeNamespaces } from '../../netns/namespaces.ts';

export const configOf = (services: string): DirectorConfig => {
  const result = parseConfig(`director: lb0\nvrrp: { routers: [] }\n${services}`, 'f');
  if (!result.ok) throw new Error(formatProblems(result.problems));
  return result.config;
};

export type InProcessTable = Pick<
  IpvsTable,
  'configure' | 'reconcile' | 'clear' | 'writes' | 'daemons' | 'judgementOf'
> & {
  /** By the server's name; up where nothing is said. */
  readonly standings: Map<string, ServerStanding>;
  readonly log: string[];
  /** One pass, half a second later, and the turns that follow it. */
  readonly pass: () => Promise<void>;
  /** Moves its clock on, in milliseconds. */
  readonly wait: (span: number) => void;
  readonly remove: () => void;
};

const up: ServerStanding = { health: 'up', drained: false };

/** @param state a folder to go on with, as after a crash */
export const openTable = (namespace: Namespace, config: DirectorConfig, state?: string): InProcessTable => {
  const directory = state ?? mkdtempSync(join(tmpdir(), 'regent-table-'));
  const standings = new Map<string, ServerStanding>();
  const log: string[] = [];
  let ahead = 0;
  const table = namespace.enter(() =>
    openIpvsTable({
      config,
      stateDirectory: directory,
      standingOf: (_, { name }) => standings.get(name) ?? up,
      onJudged: () => undefined,
      onTurn: () => undefined,
      clock: () => (monotonic() + ahead) as Instant,
      log: (level, { subject }, message) => log.push(`${level} ${subject ?? '-'} ${message}`),
    }),
  );
  return {
    configure: table.configure,
    reconcile: () => namespace.enter(table.reconcile),
    clear: () => namespace.enter(table.clear),
    writes: table.writes,
    daemons: table.daemons,
    judgementOf: table.judgementOf,
    standings,
    log,
    wait: (span) => {
      ahead += span;
    },
    pass: async () => {
      ahead += 500;
      namespace.enter(table.pass);
      for (let turn = 0; turn < 3; turn += 1) await nextTurn();
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
};

/** The lines that `ipvsadm -L -n` shows below its heading, blanks at their ends cut, destinations sorted below their service. */
export const listing = (namespace: Namespace, ...options: string[]): string[] =>
  namespace
    .run('ipvsadm', '-L', '-n', ...options)
    .trimEnd()
    .split('\n')
    .slice(3)
    .map((line) => line.trim().replaceAll(/\s+/g, ' '));

/** A virtual service with one server, as YAML. */
export const service = (keys: string, servers = 'address: 10.1.0.1:80', name = 'web'): string =>
  `  - { name: ${name}, ${keys}, real_servers: [{ name: rs0, ${servers} }] }\n`;
export const services = (...list: string[]): string => `virtual_services:\n${list.join('')}`;

/** A namespace for a suite, whose table each test leaves empty. */
export const useTables = (name: string) => {
  let lb: Namespace;
  let table: InProcessTable | undefined;
  before(() => {
    lb = createNamespace(name);
  });
  afterEach(async () => {
    await table?.clear();
    table?.remove();
    assert.deepEqual(listing(lb), []);
  });
  after(removeNamespaces);
  return {
    run: (...command: readonly [string, ...string[]]): string => lb.run(...command),
    listing: (...options: string[]): string[] => listing(lb, ...options),
    /** Applies a configuration by one turn. @param state see {@link openTable} */
    apply: (config: string, state?: string): InProcessTable => {
      table = openTable(lb, configOf(config), state);
      table.reconcile();
      return table;
    },
  };
};
