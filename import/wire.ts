// Peers and authentication of a vrrp_instance. Pure.

import { isIP } from 'node:net';
import { list, mapping, type Node, originOf, scalar, vital } from './document.ts';
import type { Say } from './election.ts';
import { blockOf, lastOf, type Statement } from './statement.ts';
import { bareAddress } from './values.ts';

type Peer = { readonly node: Node; readonly line: Statement; readonly least: number };

const limitOf = ({ words }: Statement, word: string): number | undefined => {
  const number = words.includes(word) ? Number(words[words.indexOf(word) + 1]) : Number.NaN;
  return Number.isInteger(number) && number >= 0 && number <= 255 ? number : undefined;
};

const readPeer = (line: Statement, family: 4 | 6, say: Say): Peer[] => {
  const address = bareAddress(line.keyword);
  if (address === undefined || isIP(address) !== family) {
    say('mistaken', line, `keepalived skips it: expected the IPv${family} address of a peer`);
    return [];
  }
  if ((limitOf(line, 'max_ttl') ?? 255) < 255)
    say('lost', line, 'regent asks for a least TTL of its peers (`min_ttl`), never for a largest');
  return [{ node: scalar(address, originOf(line)), line, least: limitOf(line, 'min_ttl') ?? 0 }];
};

/** Which unicast advertisements keepalived accepts: by default from any sender and any number of hops away. */
const readLimits = (
  first: Statement,
  block: readonly Statement[],
  peers: readonly Peer[],
  isChecked: boolean,
  say: Say,
) => {
  const origin = originOf(first);
  const least = Math.min(...peers.map((peer) => peer.least));
  for (const { line, least: own } of peers) {
    if (own !== least) say('changed', line, `all peers of a router have one least TTL, ${least} here`);
  }
  const checks =
    isChecked ||
    lastOf(block, 'check_unicast_src') !== undefined ||
    peers.some(({ line }) => limitOf(line, 'min_ttl') !== undefined || limitOf(line, 'max_ttl') !== undefined);
  return {
    ...(checks ? {} : { check_source: scalar(false, origin) }),
    min_ttl: scalar(Math.max(1, least), origin),
  };
};

/**
 * Peers are vital: a router without them would be a second master. Several blocks are joined.
 * @param isChecked whether global_defs enables the sender check.
 */
export const readPeers = (
  block: readonly Statement[],
  family: 4 | 6,
  isChecked: boolean,
  say: Say,
): Record<string, Node> => {
  const entries: Record<string, Node> = {};
  const source = lastOf(block, 'unicast_src_ip', 'mcast_src_ip');
  const address = bareAddress(source?.words[0]);
  if (source !== undefined && address !== undefined && isIP(address) === family)
    entries.source = scalar(address, originOf(source));
  else if (source !== undefined)
    say(
      'mistaken',
      source,
      `keepalived skips it: expected an IPv${family} address, not ${source.words[0] ?? 'nothing'}`,
    );
  const blocks = block.filter(({ keyword }) => keyword === 'unicast_peer');
  const [first] = blocks;
  if (first === undefined) return entries;
  const seen = new Set<unknown>();
  const peers = blocks.flatMap(blockOf).flatMap((line) => readPeer(line, family, say));
  const distinct = peers.filter(({ node }) => !seen.has(node.content) && seen.add(node.content));
  if (distinct.length === 0) {
    say('mistaken', first, 'it names no peer, so keepalived multicasts');
    return entries;
  }
  const nodes = distinct.map(({ node }) => node);
  return {
    ...entries,
    peers: vital(list(nodes, originOf(first))),
    ...readLimits(first, block, distinct, isChecked, say),
  };
};

/** The first eight bytes, all that version 2 carries (RFC 2338 section 5.3.10). */
const firstBytes = (text: string): string => {
  let kept = '';
  for (const char of text) {
    if (Buffer.byteLength(kept + char) > 8) break;
    kept += char;
  }
  return kept;
};

const isType = (word: string | undefined): boolean => word === 'AH' || word === 'PASS';

/**
 * The password of version 2, which keepalived sends only with `auth_type PASS`, in capital letters.
 * @param obstacle why keepalived drops it, such as version 3.
 */
export const readAuthentication = (
  block: readonly Statement[],
  obstacle: string | undefined,
  say: Say,
): Node | undefined => {
  const hmac = lastOf(block, 'auth_hmac');
  if (hmac !== undefined) {
    say('lost', hmac, 'put its keys into a file of mode 0600: authentication: { type: hmac, key_file: FILE }');
  }
  const statement = lastOf(block, 'authentication');
  if (statement === undefined) return undefined;
  const lines = block.filter(({ keyword }) => keyword === 'authentication').flatMap(blockOf);
  for (const line of lines.filter(({ keyword, words: [word] }) => keyword === 'auth_type' && !isType(word)))
    say('mistaken', line, `keepalived knows AH and PASS, not ${line.words[0] ?? 'nothing'}`);
  const type = lines.findLast(({ keyword, words: [word] }) => keyword === 'auth_type' && isType(word));
  const password = lastOf(lines, 'auth_pass');
  const text = password?.words[0];
  if (type === undefined) say('mistaken', statement, 'without auth_type PASS keepalived sends no password');
  else if (obstacle !== undefined) say('mistaken', statement, `keepalived drops it with ${obstacle}`);
  else if (password === undefined || !text) say('mistaken', statement, 'keepalived drops it: it has no auth_pass');
  else if (type.words[0] === 'AH') say('lost', type, 'regent speaks no IPsec AH: use PASS, or hmac between regents');
  else {
    const kept = firstBytes(text);
    if (kept !== text) say('mistaken', password, 'keepalived sends the first eight bytes alone, and so does regent');
    return mapping(
      { type: scalar('password', originOf(statement)), password: vital(scalar(kept, originOf(password))) },
      originOf(statement),
    );
  }
  return undefined;
};
