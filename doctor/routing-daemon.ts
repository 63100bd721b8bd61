// Examines the routing daemon that announces anycast addresses: its sessions, and whether routers would spread connections.

import type { AnycastConfig, DirectorConfig } from '../config/model/model.ts';
import { type Cidr, formatCidr } from '../net/cidr.ts';
import type { IpAddress } from '../net/ip-address.ts';
import { readEngine } from '../routing/engine.ts';
import type { EngineState, Session } from '../routing/engine-state.ts';
import type { Finding } from './finding.ts';

type Engine = NonNullable<AnycastConfig['engine']>;

/** In milliseconds. A router goes on sending to a daemon that is frozen, or to a host that has gone, for the hold time. */
const longHold = 30_000;

const names = { bird: 'BIRD', frr: 'FRR' } as const;
const units = { bird: 'bird', frr: 'frr' } as const;
const looks = {
  bird: (socket: string) => `birdc -s ${socket} show protocols all`,
  frr: (socket: string) => `vtysh --vty_socket ${socket} -c 'show bgp neighbors'`,
} as const;
const prints = {
  bird: 'regent anycast print bird >/etc/bird/conf.d/regent.conf && birdc configure',
  frr: 'regent anycast print frr >/etc/frr/regent.conf && vtysh -f /etc/frr/regent.conf',
} as const;

const judgeSession = (
  { type, socket }: Engine,
  { neighbour, state, lastError, holdTime, bfd, isUp }: Session,
): Finding[] => {
  const about = names[type];
  if (!isUp) {
    const why = lastError === undefined ? '' : `: ${lastError}`;
    const message = `the session with ${neighbour} is not up but ${state}${why}`;
    return [{ code: 'session-down', severity: 'warning', about, message, mend: looks[type](socket) }];
  }
  // BIRD answers BFD itself; bfdd answers for an FRR whose bgpd is frozen.
  const isWatched = bfd === 'up' && type === 'bird';
  if (isWatched || (holdTime !== undefined && holdTime > 0 && holdTime <= longHold)) return [];
  const until = holdTime === undefined || holdTime === 0 ? 'never' : `only after ${holdTime / 1000} s`;
  const message =
    bfd === 'up'
      ? `${neighbour} notices ${until} that bgpd is frozen, for which bfdd still answers: use a hold time of 9 s besides BFD`
      : `${neighbour} notices ${until} that this host is gone or its daemon frozen: use BFD, or a hold time of 9 s`;
  return [
    {
      code: 'hold-long',
      severity: 'warning',
      about,
      message,
      mend: `${prints[type].split(' >')[0]} --bfd --as AS --router ${neighbour}=AS`,
    },
  ];
};

const judgeRoutes = ({ type }: Engine, sessions: readonly Session[], announced: readonly Cidr[]): Finding[] => {
  const about = names[type];
  const mend = prints[type];
  return announced.map(formatCidr).flatMap((prefix): Finding[] => {
    const routes = sessions.flatMap(({ exported }) => exported.filter((one) => one.prefix === prefix));
    if (routes.length === 0) {
      const message = `${prefix} is announced to no router`;
      return [{ code: 'route-not-exported', severity: 'error', about, message, mend }];
    }
    const other = routes.find(({ origin, med }) => origin !== 'igp' || med !== 0);
    if (other === undefined) return [];
    const message = `${prefix} is announced with origin ${other.origin} and MED ${other.med}: routers spread connections over routes that are equal, here IGP and 0`;
    return [{ code: 'route-unequal', severity: 'warning', about, message, mend }];
  });
};

/** @param announced the addresses that are on the interface of anycast now */
export const judgeEngine = (engine: Engine, state: EngineState, announced: readonly Cidr[]): Finding[] => {
  const { type, socket } = engine;
  const about = names[type];
  if ('silent' in state) {
    const message = `says nothing at ${socket}: ${state.silent}`;
    return [{ code: 'engine-silent', severity: 'warning', about, message, mend: `systemctl restart ${units[type]}` }];
  }
  const sessions = state.sessions.filter(({ isOff }) => !isOff);
  if (sessions.length === 0) {
    const message = 'has no BGP session: no router learns of the addresses';
    const mend = `${prints[type].split(' >')[0]} --as AS --router ADDRESS=AS`;
    return [{ code: 'session-missing', severity: 'error', about, message, mend }];
  }
  const isAnyUp = sessions.some(({ isUp }) => isUp);
  return [
    ...sessions.flatMap((session) => judgeSession(engine, session)),
    ...(isAnyUp ? judgeRoutes(engine, sessions, announced) : []),
  ];
};

/** @param held what this host's interfaces hold */
export const examineEngine = async (
  { anycast }: DirectorConfig,
  held: readonly { readonly interface: string; readonly address: IpAddress }[],
): Promise<Finding[]> => {
  if (anycast?.engine === undefined) return [];
  const { engine, interface: device } = anycast;
  const all = anycast.addresses.flatMap(({ addresses }) => addresses);
  const announced = all.filter(({ address }) =>
    held.some((one) => one.interface === device && one.address === address),
  );
  return judgeEngine(engine, await readEngine(engine, all), announced);
};
