// BIRD: which questions its control socket is asked, and what the replies say.

import { type Milliseconds, milliseconds } from '../base/units.ts';
import { type Cidr, formatCidr } from '../net/cidr.ts';
import { familyOf, type IpAddress, parseAddress } from '../net/ip-address.ts';
import { isGreeting, isWholeReply, parseReply, type ReplyLine } from './bird-reply.ts';
import { converse } from './conversation.ts';
import type { EngineState, Exported, Origin, Session } from './engine-state.ts';

const codes = { protocol: 1002, details: 1006, table: 1007, attributes: 1012 } as const;

export type BirdSession = Omit<Session, 'exported' | 'bfd'> & { readonly protocol: string };

const field = (details: readonly string[], label: string): string | undefined => {
  const found = details.find((line) => line.trimStart().startsWith(`${label}:`));
  return found?.slice(found.indexOf(':') + 1).trim();
};

/** A neighbour may be written with its interface: fe80::1%eth0. */
const addressOf = (text: string | undefined): IpAddress | undefined => parseAddress(text?.split('%')[0] ?? '');

const sessionOf = (protocol: string, details: readonly string[]): BirdSession | undefined => {
  const neighbour = addressOf(field(details, 'Neighbor address'));
  if (neighbour === undefined) return undefined;
  const state = field(details, 'BGP state') ?? 'unknown';
  const hold = /\/(\d+)$/.exec(field(details, 'Hold timer') ?? '')?.[1];
  const lastError = field(details, 'Last error');
  return {
    protocol,
    neighbour,
    state,
    isUp: state === 'Established',
    isOff: state === 'Down',
    ...(lastError === undefined ? {} : { lastError }),
    ...(hold === undefined ? {} : { holdTime: milliseconds(Number(hold) * 1000) }),
  };
};

/** The BGP sessions in the reply to `show protocols all`. */
export const sessionsOf = (lines: readonly ReplyLine[]): readonly BirdSession[] => {
  const heads = lines.flatMap(({ code, text }, index) => {
    const [protocol, kind] = text.split(/\s+/);
    return code === codes.protocol && protocol !== undefined && kind === 'BGP' ? [{ protocol, index }] : [];
  });
  return heads.flatMap(({ protocol, index }) => {
    const rest = lines.slice(index + 1);
    const end = rest.findIndex(({ code }) => code !== codes.details);
    const details = rest.slice(0, end === -1 ? undefined : end).map(({ text }) => text);
    return sessionOf(protocol, details) ?? [];
  });
};

/** The neighbours in the reply to `show bfd sessions`, and whether each is reached. */
export const bfdOf = (lines: readonly ReplyLine[]): ReadonlyMap<IpAddress, 'up' | 'down'> =>
  new Map(
    lines.flatMap(({ text }) => {
      const [host, , state] = text.split(/\s+/);
      const address = addressOf(host);
      return address === undefined || state === undefined ? [] : [[address, state === 'Up' ? 'up' : 'down'] as const];
    }),
  );

const origins: Readonly<Record<string, Origin>> = { IGP: 'igp', EGP: 'egp', Incomplete: 'incomplete' };

/** The routes in the reply to `show route all … export`, with the attributes that the filter sets; without any, BIRD sends IGP. */
export const exportedOf = (lines: readonly ReplyLine[]): readonly Exported[] => {
  const starts = lines.flatMap(({ code, text }, index) => {
    const prefix = /^([\d.]+|[\da-f:]+)\/\d+\s/.exec(text)?.[0].trim();
    return code === codes.table && prefix !== undefined ? [{ prefix, index }] : [];
  });
  return starts.map(({ prefix, index }, number) => {
    const attributes = lines.slice(index, starts[number + 1]?.index).map(({ text }) => text);
    const origin = field(attributes, 'BGP.origin');
    return {
      prefix,
      origin: origin === undefined ? 'igp' : (origins[origin] ?? 'incomplete'),
      med: Number(field(attributes, 'BGP.med') ?? 0),
    };
  });
};

/** Only the wanted ones: there may be a million others. */
const questionFor = (protocol: string, prefixes: readonly Cidr[]): string => {
  const sets = (['ipv4', 'ipv6'] as const).flatMap((family) => {
    const own = prefixes.filter(({ address }) => familyOf(address) === family).map(formatCidr);
    return own.length === 0 ? [] : [`net ~ [ ${own.join(', ')} ]`];
  });
  return `show route all where ${sets.join(' || ')} export ${protocol}\n`;
};

/** Asks BIRD for its sessions, and which of the prefixes each announces. @throws with a readable message */
export const readBird = (path: string, prefixes: readonly Cidr[], patience: Milliseconds): Promise<EngineState> =>
  converse(path, patience, async ({ ask }) => {
    await ask('', isGreeting);
    const askFor = async (request: string) => parseReply(await ask(request, isWholeReply));
    // From here on BIRD refuses commands that change anything.
    await askFor('restrict\n');
    const bfd = bfdOf(await askFor('show bfd sessions\n').catch(() => []));
    const sessions: Session[] = [];
    for (const { protocol, ...session } of sessionsOf(await askFor('show protocols all\n'))) {
      const exported = session.isUp ? exportedOf(await askFor(questionFor(protocol, prefixes))) : [];
      const state = bfd.get(session.neighbour);
      sessions.push({ ...session, ...(state && { bfd: state }), exported });
    }
    return { sessions };
  });
