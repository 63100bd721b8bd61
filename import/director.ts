// Settings of the whole director from global_defs: name, IPVS timeouts, connection synchronisation. Pure.

import { mapping, type Node, type Origin, originOf, scalar } from './document.ts';
import { blockOf, type Finding, lastOf, type Statement } from './statement.ts';
import { secondsOf, writeName, writeSeconds } from './values.ts';

const timeouts: Readonly<Record<string, string>> = { tcp: 'tcp', tcpfin: 'tcp_fin', udp: 'udp' };

const readTimeouts = (statement: Statement | undefined): Node | undefined => {
  if (statement === undefined) return undefined;
  const entries = Object.entries(timeouts).flatMap(([word, key]) => {
    const at = statement.words.indexOf(word);
    const seconds = at < 0 ? Number.NaN : Number(statement.words[at + 1]);
    return seconds > 0 ? [[key, scalar(writeSeconds(seconds), originOf(statement))] as const] : [];
  });
  return mapping(Object.fromEntries(entries), originOf(statement));
};

/** The words of the sync daemon with keepalived's bounds; it ignores a number beyond them. */
const syncWords: Readonly<Record<string, { readonly key: string; readonly from: number; readonly to: number }>> = {
  id: { key: 'sync_id', from: 0, to: 255 },
  maxlen: { key: 'max_length', from: 1, to: 65_507 },
  port: { key: 'port', from: 1, to: 65_535 },
  ttl: { key: 'ttl', from: 1, to: 255 },
};

/** The kernel's maximum over Ethernet, used if keepalived sets none. */
const kernelLength = 1472;

/** The least that regent takes (config/schema/ipvs-schema.ts). */
const shortestLength = 68;

const idOf = (instance: Statement | undefined): number =>
  Number(lastOf(blockOf(instance), 'virtual_router_id')?.words[0] ?? 0);

/** `lvs_sync_daemon IF [[inst] INSTANCE] [id N] …`; old files have lvs_sync_daemon_interface in an instance. */
const readSync = (
  roots: readonly Statement[],
  globals: readonly Statement[],
  say: (statement: Statement, message: string) => void,
): Node | undefined => {
  const instances = roots.filter(({ keyword }) => keyword === 'vrrp_instance');
  const general = globals.find(({ keyword }) => /^lvs_sync_daemon(_interface)?$/.test(keyword));
  const home = instances.find((instance) => lastOf(blockOf(instance), 'lvs_sync_daemon_interface') !== undefined);
  const statement = general ?? lastOf(blockOf(home), 'lvs_sync_daemon_interface');
  const [device, ...words] = statement?.words ?? [];
  if (statement === undefined || device === undefined) return undefined;
  const origin = originOf(statement);
  const named = instances.find((instance) => words.includes(instance.words[0] ?? ' ')) ?? home;
  const entries: Record<string, Node> = {
    interface: scalar(device, origin),
    sync_id: scalar(idOf(named), origin),
    max_length: scalar(kernelLength, origin),
  };
  for (const [index, word] of words.entries()) {
    const known = syncWords[word];
    const value = words[index + 1] ?? '';
    if (word === 'group') entries.group = scalar(value, origin);
    if (known === undefined) continue;
    const number = /^\d+$/.test(value) ? Number(value) : -1;
    if (number >= known.from && number <= known.to)
      entries[known.key] = scalar(known.key === 'max_length' ? Math.max(shortestLength, number) : number, origin);
    else say(statement, `keepalived ignores ${word} ${value}: expected a number from ${known.from} to ${known.to}`);
  }
  return mapping(entries, origin);
};

/** A pause between announcements, converted to a rate. */
const readRate = (statement: Statement | undefined): Node | undefined => {
  const pause = statement === undefined ? undefined : secondsOf(statement);
  if (statement === undefined || pause === undefined || pause === 0) return undefined;
  return scalar(Math.min(100_000, Math.max(1, Math.round(1 / pause))), originOf(statement));
};

/**
 * Reads the director's own keys.
 * @param standard its name if there is no router_id.
 */
export const readDirector = (
  roots: readonly Statement[],
  globals: readonly Statement[],
  origin: Origin,
  standard: string,
): { readonly entries: Record<string, Node | undefined>; readonly findings: readonly Finding[] } => {
  const findings: Finding[] = [];
  const statement = lastOf(globals, 'router_id', 'lvs_id');
  const given = statement?.words[0];
  const name = writeName(given ?? standard);
  if (statement !== undefined && name !== given) {
    findings.push({ kind: 'changed', ...originOf(statement), message: `it is called ${name}` });
  }
  const security = lastOf(globals, 'enable_script_security');
  if (security !== undefined && lastOf(globals, 'script_user') === undefined) {
    const message = 'where there is no user keepalived_script, keepalived removes all scripts; regent runs them';
    findings.push({ kind: 'changed', ...originOf(security), message });
  }
  for (const group of globals.filter(({ keyword }) => /^vrrp_mcast_group[46]$/.test(keyword))) {
    const isStandard = ['224.0.0.18', 'ff02::12'].includes(group.words[0] ?? '');
    const message = isStandard ? 'it is the standard group' : 'regent speaks to 224.0.0.18 and ff02::12 alone';
    findings.push({ kind: isStandard ? 'needless' : 'lost', ...originOf(group), message });
  }
  return {
    entries: {
      director: scalar(name, statement === undefined ? origin : originOf(statement)),
      connection_sync: readSync(roots, globals, (line, message) =>
        findings.push({ kind: 'mistaken', ...originOf(line), message }),
      ),
      announce_rate: readRate(lastOf(globals, 'vrrp_garp_interval') ?? lastOf(globals, 'vrrp_gna_interval')),
      ipvs_timeouts: readTimeouts(lastOf(globals, 'lvs_timeouts')),
    },
    findings,
  };
};
