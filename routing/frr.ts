// FRR: which questions the socket of its bgpd is asked, and what the answers say.
//
// A question ends with NUL; its answer is text, then three NUL and a byte with the status.

import { join } from 'node:path';
import { type Milliseconds, milliseconds } from '../base/units.ts';
import { type Cidr, formatCidr } from '../net/cidr.ts';
import { type Family, familyOf, parseAddress } from '../net/ip-address.ts';
import { converse } from './conversation.ts';
import type { EngineState, Exported, Origin, Session } from './engine-state.ts';

export const isWholeAnswer = (bytes: Buffer): boolean =>
  bytes.length >= 4 && bytes.subarray(-4, -1).every((byte) => byte === 0);

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

/** @throws with FRR's own message if it is no JSON object. */
export const parseAnswer = (answer: string): Fields => {
  const text = answer.replaceAll('\0', '').trim();
  // bgpd of 8.4 ends some answers with the byte of their status, others with text of their own.
  const json = text.slice(0, text.lastIndexOf('}') + 1);
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new Error(text === '' ? 'its answer is empty' : `it says: ${text.split('\n')[0]?.slice(0, 200)}`);
  }
  if (!isFields(value)) throw new Error('its answer is not one of FRR');
  return value;
};

export type FrrSession = Omit<Session, 'exported'> & { readonly families: readonly Family[] };

const familyNames = { ipv4Unicast: 'ipv4', ipv6Unicast: 'ipv6' } as const;

const sessionOf = (peer: string, fields: Fields): FrrSession | undefined => {
  const neighbour = parseAddress(peer);
  const state = textOf(fields.bgpState);
  if (neighbour === undefined || state === undefined) return undefined;
  const isUp = state === 'Established';
  const hold = numberOf(fields.bgpTimerHoldTimeMsecs);
  const lastError = textOf(fields.lastResetDueTo);
  const bfd = isFields(fields.peerBfdInfo) ? textOf(fields.peerBfdInfo.status) : undefined;
  const carried = isFields(fields.addressFamilyInfo) ? fields.addressFamilyInfo : {};
  return {
    neighbour,
    state,
    isUp,
    isOff: fields.adminShutDown === true,
    ...(isUp || lastError === undefined ? {} : { lastError }),
    ...(isUp && hold !== undefined ? { holdTime: milliseconds(hold) } : {}),
    ...(bfd === undefined ? {} : { bfd: bfd === 'Up' ? 'up' : 'down' }),
    families: Object.entries(familyNames).flatMap(([name, family]) => (name in carried ? [family] : [])),
  };
};

/** The sessions in the answer to `show bgp neighbors json`. */
export const sessionsOf = (answer: Fields): readonly FrrSession[] =>
  Object.entries(answer).flatMap(([peer, fields]) => (isFields(fields) ? (sessionOf(peer, fields) ?? []) : []));

const origins: Readonly<Record<string, Origin>> = {
  i: 'igp',
  e: 'egp',
  IGP: 'igp',
  EGP: 'egp',
};

/** The routes in the answer to `show bgp … advertised-routes json`. */
export const exportedOf = (answer: Fields): readonly Exported[] => {
  const routes = isFields(answer.advertisedRoutes) ? answer.advertisedRoutes : {};
  return Object.entries(routes).flatMap(([prefix, fields]) =>
    isFields(fields)
      ? [
          {
            prefix,
            origin: origins[textOf(fields.bgpOriginCode) ?? textOf(fields.origin) ?? ''] ?? 'incomplete',
            med: numberOf(fields.metric) ?? numberOf(fields.med) ?? 0,
          },
        ]
      : [],
  );
};

/** Asks FRR's bgpd for its sessions, and which of the prefixes each announces. @throws with a readable message */
export const readFrr = (folder: string, prefixes: readonly Cidr[], patience: Milliseconds): Promise<EngineState> =>
  converse(join(folder, 'bgpd.vty'), patience, async ({ ask }) => {
    const askFor = async (question: string) => parseAnswer(await ask(`${question}\0`, isWholeAnswer));
    const wanted = new Set(prefixes.map(formatCidr));
    const asked = new Set(prefixes.map(({ address }) => familyOf(address)));
    const sessions: Session[] = [];
    for (const { families, ...session } of sessionsOf(await askFor('show bgp neighbors json'))) {
      const exported: Exported[] = [];
      for (const family of session.isUp ? families.filter((each) => asked.has(each)) : []) {
        const question = `show bgp ${family} unicast neighbors ${session.neighbour} advertised-routes json`;
        exported.push(...exportedOf(await askFor(question)).filter(({ prefix }) => wanted.has(prefix)));
      }
      sessions.push({ ...session, exported });
    }
    return { sessions };
  });
