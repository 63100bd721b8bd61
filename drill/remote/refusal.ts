// Why a fault cannot, or may not, be made on hosts that are reached by ssh. Pure.

import type { Act, Drill } from '../scenario/keys.ts';
import type { Refusal } from '../scenario/rules.ts';
import { remoteFaults, type ServerFaults, whyNot } from './faults.ts';

/** What is known of the hosts; what is absent is not judged. */
export type Known = {
  readonly directors: readonly string[];
  /** Of real servers, if their hosts are reached, too. */
  readonly serverFaults?: ServerFaults | undefined;
  readonly servers?: readonly string[];
  readonly interfaces?: readonly string[];
  readonly addresses?: readonly string[];
};

const unknown = (kind: string, name: string | undefined, names: readonly string[] | undefined): string | undefined =>
  name === undefined || names === undefined || names.includes(name)
    ? undefined
    : `there is no ${kind} ${name}, only ${names.join(', ')}`;

const isHarmless = ({ do: what }: Act): boolean => what === 'mend' || what === 'wait' || what === 'thaw';

/** Undefined if it can be made. */
export const remoteRefusal =
  ({ directors, serverFaults, servers, interfaces, addresses }: Known): Refusal =>
  (act) => {
    const wrongPlace =
      unknown('director', act.director, directors) ??
      unknown('real server', act.server, servers) ??
      unknown('interface', act.network, interfaces) ??
      unknown('virtual address', act.address, addresses);
    if (wrongPlace !== undefined || isHarmless(act)) return wrongPlace;
    if (serverFaults?.[act.do] !== undefined || act.do === 'power_cut') return undefined;
    return whyNot[act.do] ?? (remoteFaults[act.do] === undefined ? 'it is not known how' : undefined);
  };

/** Faults that the drill's file does not allow on an own pair. */
export const notAllowed =
  (refusal: Refusal, allow: Drill['allow']): Refusal =>
  (act) => {
    if (isHarmless(act) || allow?.includes(act.do)) return refusal(act);
    return refusal(act) ?? `on an own pair it must be listed: allow: [${[...(allow ?? []), act.do].join(', ')}]`;
  };
