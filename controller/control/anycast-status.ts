// The anycast addresses in the status, and what an operator should look at. Pure.

import type { DirectorConfig } from '../../config/model/model.ts';
import type { EngineState } from '../../routing/engine-state.ts';
import type { AnycastHeld } from '../../vrrp/status.ts';
import type { AnycastStatus } from '../anycast/anycast.ts';

export type AnycastSources = {
  readonly config: Pick<DirectorConfig, 'anycast'>;
  readonly anycast: readonly AnycastStatus[];
  /** What the vrrp process holds; undefined until it has said so. */
  readonly anycastHeld: AnycastHeld | undefined;
  /** What the routing daemon says; undefined where it is not configured, or was not asked yet. */
  readonly engine: EngineState | undefined;
};

export type AnycastOverview = {
  readonly interface: string;
  /** Lifetime of the addresses in the kernel, in seconds. */
  readonly lease: number;
  /** Why nothing can be announced. */
  readonly fault?: string;
  readonly addresses: readonly AnycastStatus[];
  /** The routing daemon; absent where it is not configured, or was not asked yet. */
  readonly engine?: EngineState;
};

/** Absent where no anycast addresses are configured. */
export const anycastStatus = ({
  config,
  anycast,
  anycastHeld,
  engine,
}: AnycastSources): { readonly anycast?: AnycastOverview } => {
  if (config.anycast === undefined) return {};
  const { interface: name, lease } = config.anycast;
  const fault = anycastHeld?.fault;
  return {
    anycast: {
      interface: name,
      lease: lease / 1000,
      ...(fault !== undefined && { fault }),
      addresses: anycast,
      ...(engine && { engine }),
    },
  };
};

/** A daemon needs a moment for what was announced a moment ago, in milliseconds. */
const exportedWithin = 10_000;

/** Why routers do not learn all announced addresses. */
const engineWarnings = (engine: EngineState | undefined, anycast: readonly AnycastStatus[]): string[] => {
  if (engine === undefined) return [];
  if ('silent' in engine) return [`the routing daemon cannot be asked: ${engine.silent}`];
  const sessions = engine.sessions.filter(({ isOff }) => !isOff);
  const exported = new Set(sessions.flatMap((session) => session.exported.map(({ prefix }) => prefix)));
  return [
    ...(sessions.length === 0
      ? ['the routing daemon has no BGP session: no router learns of the anycast addresses']
      : []),
    ...sessions
      .filter(({ isUp }) => !isUp)
      .map(({ neighbour, state, lastError }) => {
        const why = lastError === undefined ? '' : ` (${lastError})`;
        return `the session with the router ${neighbour} is not up but ${state}${why}`;
      }),
    ...(sessions.some(({ isUp }) => isUp) ? anycast : [])
      .filter(({ state, lasted }) => state === 'announced' && lasted > exportedWithin)
      .flatMap(({ name, addresses }) => {
        const missing = addresses.filter((address) => !exported.has(address));
        return missing.length === 0 ? [] : [`anycast ${name} is announced to no router: ${missing.join(' ')}`];
      }),
  ];
};

export const anycastWarnings = ({ anycast, anycastHeld, engine }: AnycastSources): string[] => [
  ...(anycastHeld?.fault === undefined ? [] : [`no anycast address can be announced: ${anycastHeld.fault}`]),
  ...anycast.flatMap(({ name, aside, last, state, reason, missing = [] }) => [
    ...(aside ? [`anycast ${name} is handed over: it is not announced until regent resume`] : []),
    ...(last ? [`anycast ${name} stays announced: ${reason}`] : []),
    ...(state !== 'announced' && !aside ? [`anycast ${name} is not announced: ${reason}`] : []),
    ...missing.map(({ what, why }) => `anycast ${name} does not hold ${what}: ${why}`),
  ]),
  ...engineWarnings(engine, anycast),
];
