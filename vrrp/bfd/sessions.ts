// The BFD sessions of one host: kept where another configuration has the same.

import { isDeepStrictEqual } from 'node:util';
import { type Instant, later } from '../../base/units.ts';
import type { BfdConfig } from '../../config/model/tracking-model.ts';
import type { BfdStatus } from '../status.ts';
import { type BfdListener, type BfdPorts, graceOfChange, runSession } from './run-session.ts';

export type BfdSessions = {
  /**
   * Runs the sessions of another configuration; unchanged ones are not disturbed.
   * @param knownUp the sessions of an earlier process that were up, by name
   */
  readonly configure: (configs: readonly BfdConfig[], knownUp?: ReadonlySet<string>) => void;
  readonly status: () => readonly BfdStatus[];
  readonly close: () => void;
};

export const runBfd = (ports: BfdPorts, listener: BfdListener): BfdSessions => {
  let running: readonly { readonly config: BfdConfig; readonly session: ReturnType<typeof runSession> }[] = [];
  const start = (config: BfdConfig, upUntil: Instant | undefined) => ({
    config,
    session: runSession(config, 1 + Math.floor(ports.random() * 0xffff_fffe), upUntil, ports, listener),
  });
  const configure = (configs: readonly BfdConfig[], knownUp: ReadonlySet<string> = new Set()): void => {
    const isWanted = (one: BfdConfig): boolean => configs.some((config) => isDeepStrictEqual(config, one));
    const kept = running.filter(({ config }) => isWanted(config));
    const graceEnd = later(ports.clock(), graceOfChange);
    const upUntil = new Map([...knownUp].map((name): [string, Instant | undefined] => [name, graceEnd]));
    for (const { config, session } of running) upUntil.set(config.name, session.upUntil());
    for (const { config, session } of running) if (!isWanted(config)) session.close();
    running = configs.map(
      (config) => kept.find((one) => isDeepStrictEqual(one.config, config)) ?? start(config, upUntil.get(config.name)),
    );
  };
  return {
    configure,
    status: () => running.map(({ session }) => session.status()),
    close: () => configure([]),
  };
};
