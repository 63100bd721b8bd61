// Policy routing rules that a master adds and removes: listed, and changed in one batch. Regent's protocol number marks them.

import type { Cidr } from '../../net/cidr.ts';
import { bytesOf, formatAddress } from '../../net/ip-address.ts';
import type { Change } from '../diff.ts';
import {
  decodeAttributes,
  encodeAttributes,
  isMalformed,
  type Message,
  NLM_F_CREATE,
  NLM_F_EXCL,
  pack,
} from '../netlink/codec.ts';
import type { Request } from '../netlink/request.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { AF_INET, AF_INET6 } from '../system/libc.ts';
import { keepalivedProtocol, ownProtocol } from './virtual-routes.ts';
import { applyPaths, type PathResult } from './virtual-routing.ts';

export type RuleEntry = {
  readonly family: 'ipv4' | 'ipv6';
  /** The lowest is evaluated first. */
  readonly priority: number;
  readonly from?: Cidr;
  readonly to?: Cidr;
  /** Matches packets received on it. */
  readonly interface?: string;
  /** Matches packets with this firewall mark. */
  readonly mark?: number;
  readonly action: 'table' | Exclude<keyof typeof actions, 'table'>;
  /** The table that the action looks up; otherwise 0. */
  readonly table: number;
};

/** FR_ACT_ of include/uapi/linux/fib_rules.h. */
const actions = { table: 1, blackhole: 6, unreachable: 7, prohibit: 8 } as const;

/*
 * struct fib_rule_hdr (include/uapi/linux/fib_rules.h)
 *   0        1                  2             3     4       5          7        8       12
 *   | family | destination bits | source bits | tos | table | reserved | action | flags | attributes
 */
const headerLength = 12;
const ruleAttributes = {
  to: [1, 'bytes'],
  from: [2, 'bytes'],
  interface: [3, 'string'],
  priority: [6, 'u32'],
  mark: [10, 'u32'],
  table: [15, 'u32'],
  protocol: [21, 'u8'],
} as const;

const RTM_NEWRULE = 32;
const RTM_DELRULE = 33;
const RTM_GETRULE = 34;

const write = (prefix: Cidr | undefined): string =>
  prefix === undefined ? 'all' : `${prefix.address}/${prefix.prefixLength}`;

export const describeRule = ({ priority, from, to, interface: name, mark, action, table }: RuleEntry): string =>
  [
    `${priority}: from ${write(from)}`,
    ...(to === undefined ? [] : [`to ${write(to)}`]),
    ...(name === undefined ? [] : [`by ${name}`]),
    ...(mark === undefined ? [] : [`with mark ${mark}`]),
    action === 'table' ? `lookup ${table}` : action,
  ].join(' ');

/** The identity of a rule: all of its fields. */
export const ruleKey = (rule: RuleEntry): string => `rule ${rule.family} ${describeRule(rule)}`;

/** Decodes an RTM_NEWRULE message of regent or keepalived; undefined for others, and for rules that no entry can describe. */
const decodeRule = ({ payload }: Pick<Message, 'payload'>): RuleEntry | undefined => {
  if (payload.length < headerLength) return undefined;
  const attributes = decodeAttributes(ruleAttributes, payload.subarray(headerLength));
  const [number, toBits = 0, fromBits = 0, , shortTable = 0, , , actionNumber] = payload;
  if (isMalformed(attributes) || (number !== AF_INET && number !== AF_INET6)) return undefined;
  const { protocol, from, to, interface: name, mark, priority = 0, table = shortTable } = attributes;
  if (protocol !== ownProtocol && protocol !== keepalivedProtocol) return undefined;
  const action = (Object.keys(actions) as (keyof typeof actions)[]).find((key) => actions[key] === actionNumber);
  if (action === undefined) return undefined;
  return {
    family: number === AF_INET ? 'ipv4' : 'ipv6',
    priority,
    action,
    table: action === 'table' ? table : 0,
    ...(from !== undefined && { from: { address: formatAddress(from), prefixLength: fromBits } }),
    ...(to !== undefined && { to: { address: formatAddress(to), prefixLength: toBits } }),
    ...(name !== undefined && { interface: name }),
    ...(mark !== undefined && mark !== 0 && { mark }),
  };
};

const requestOf = ({ type, entry }: Change<RuleEntry>): Request => {
  const { family, priority, from, to, interface: name, mark, action, table } = entry;
  const payload = Buffer.concat([
    pack(
      ['u8', family === 'ipv4' ? AF_INET : AF_INET6],
      ['u8', to?.prefixLength ?? 0],
      ['u8', from?.prefixLength ?? 0],
      ['u8', 0],
      // A table number of more than eight bits is in an attribute.
      ['u8', table < 256 ? table : 0],
      ['u16', 0],
      ['u8', actions[action]],
      ['u32', 0],
    ),
    encodeAttributes(ruleAttributes, {
      to: to && bytesOf(to.address),
      from: from && bytesOf(from.address),
      interface: name,
      priority,
      mark,
      table: action === 'table' ? table : undefined,
      protocol: type === 'remove' ? undefined : ownProtocol,
    }),
  ]);
  const operation = `${type === 'update' ? 'change' : type} the rule ${describeRule(entry)}`;
  return type === 'remove'
    ? { operation, type: RTM_DELRULE, payload }
    : { operation, type: RTM_NEWRULE, flags: NLM_F_CREATE | NLM_F_EXCL, payload };
};

/** Lists regent's rules, and those left by keepalived. @throws KernelError */
export const listVirtualRules = (netlink: NetlinkSocket): RuleEntry[] =>
  ([AF_INET, AF_INET6] as const).flatMap((family) => {
    const payload = pack(...[family, 0, 0, 0, 0, 0, 0, 0].map((field) => ['u8', field] as const), ['u32', 0]);
    return netlink
      .dump({ operation: 'list rules', type: RTM_GETRULE, payload })
      .flatMap((message) => decodeRule(message) ?? []);
  });

/** Applies changes in order. Removing a missing rule and adding an existing one count as done. */
export const applyVirtualRules = (
  netlink: NetlinkSocket,
  changes: readonly Change<RuleEntry>[],
): PathResult<RuleEntry>[] => applyPaths(netlink, changes, requestOf, { add: ['EEXIST'], remove: ['ENOENT'] });
