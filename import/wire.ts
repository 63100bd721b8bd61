// Whom a vrrp_instance speaks with, and how its advertisements prove it. Pure.

import { list, mapping, type Node, originOf, scalar, vital } from './document.ts';
import type { Say } from './election.ts';
import { blockOf, lastOf, type Statement } from './statement.ts';
import { bareAddress } from './values.ts';

/** A router that lost its peers would rule beside them, so they are vital. */
export const readPeers = (block: readonly Statement[], say: Say): Record<string, Node> => {
  const entries: Record<string, Node> = {};
  const source = lastOf(block, 'unicast_src_ip') ?? lastOf(block, 'mcast_src_ip');
  const address = bareAddress(source?.words[0]);
  if (source !== undefined && address !== undefined) entries.source = scalar(address, originOf(source));
  else if (source !== undefined) say('mistaken', source, `expected an address, not ${source.words[0] ?? 'nothing'}`);
  const peers = lastOf(block, 'unicast_peer');
  if (peers === undefined) return entries;
  const nodes = blockOf(peers).flatMap((line): Node[] => {
    const peer = bareAddress(line.keyword);
    if (peer === undefined) say('mistaken', line, 'expected the address of a peer');
    for (const word of ['min_ttl', 'max_ttl']) {
      const limit = { ...line, keyword: `${line.keyword} ${word}` };
      if (line.words.includes(word))
        say('lost', limit, 'regent expects 255 of every peer; `min_ttl` of the router says less');
    }
    return peer === undefined ? [] : [scalar(peer, originOf(line))];
  });
  if (nodes.length > 0) entries.peers = vital(list(nodes, originOf(peers)));
  else say('mistaken', peers, 'it names no peer, so keepalived multicasts');
  return entries;
};

/** The first eight bytes, which are all that version 2 carries (RFC 2338 section 5.3.10). */
const firstBytes = (text: string): string => {
  let kept = '';
  for (const char of text) {
    if (Buffer.byteLength(kept + char) > 8) break;
    kept += char;
  }
  return kept;
};

/**
 * The password of version 2.
 * @param obstacle what makes keepalived drop it, such as version 3.
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
  const type = lastOf(blockOf(statement), 'auth_type');
  const password = lastOf(blockOf(statement), 'auth_pass');
  const text = password?.words[0];
  if (obstacle !== undefined) say('needless', statement, `keepalived drops it with ${obstacle}`);
  else if (type?.words[0]?.toUpperCase() === 'AH')
    say('lost', type, 'regent speaks no IPsec AH: use PASS, or hmac between regents');
  else if (password === undefined || text === undefined) say('mistaken', statement, 'it has no auth_pass');
  else {
    const kept = firstBytes(text);
    if (kept !== text) say('changed', password, 'keepalived sends the first eight bytes alone, and so does regent');
    return mapping(
      { type: scalar('password', originOf(statement)), password: vital(scalar(kept, originOf(password))) },
      originOf(statement),
    );
  }
  return undefined;
};
