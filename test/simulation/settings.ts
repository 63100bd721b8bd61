// The configuration of a director in a scenario, as an operator would write it.

import assert from 'node:assert/strict';
import type { VrrpConfig } from '../../config/model/model.ts';
import { virtualInterfaceName, virtualMacOf } from '../../config/model/virtual-mac.ts';
import { parseConfig } from '../../config/source/load.ts';
import { type Family, type IpAddress, ip } from '../../net/ip-address.ts';
import type { DirectorSetting, Setting } from './scenario.ts';

export type LinkSetting = {
  readonly name: string;
  readonly index: number;
  readonly virtual: IpAddress;
  readonly virtualRouterId: number;
  /** The interface with the virtual MAC, where there is one, and the MAC. */
  readonly macvlan: { readonly name: string; readonly index: number; readonly mac: string };
  /** The address that a host advertises from. */
  readonly addressOf: (host: number) => IpAddress;
  /** A host's address in the subnet of the virtual one. */
  readonly connectedOf: (host: number) => IpAddress;
  readonly macOf: (host: number) => string;
};

/** Both networks of the lab: clients are on the first, servers on the second. */
const linksOfFamily = (family: Family): readonly LinkSetting[] =>
  [0, 1].map((index) => {
    const virtualRouterId = 51 + index;
    const connectedOf = (host: number): IpAddress =>
      ip(family === 'ipv4' ? `10.0.${index}.${host + 1}` : `2001:db8:${index}::${host + 1}`);
    return {
      name: `eth${index}`,
      index: index + 2,
      virtual: ip(family === 'ipv4' ? `10.0.${index}.100` : `2001:db8:${index}::100`),
      virtualRouterId,
      macvlan: {
        name: virtualInterfaceName(family, virtualRouterId),
        index: index + 102,
        mac: virtualMacOf({ family, virtualRouterId }),
      },
      addressOf: family === 'ipv4' ? connectedOf : (host) => ip(`fe80::${index + 1}:${host + 1}`),
      connectedOf,
      macOf: (host) => `52:54:00:00:0${index}:0${host + 1}`,
    };
  });

const links = { ipv4: linksOfFamily('ipv4'), ipv6: linksOfFamily('ipv6') };

export const linksOf = ({ isGroup, family }: Setting): readonly LinkSetting[] =>
  links[family].slice(0, isGroup ? 2 : 1);

/** What a director's operator may change in use. */
export type Variant = { readonly priority: number; readonly hasMore: boolean; readonly preempt: boolean };

/** The second address of a router, which comes and goes by reloads. */
export const moreOf = ({ virtual }: LinkSetting): string => virtual.replace(/100$/, '101');

const routingText = ({ name, virtual, index }: LinkSetting): string =>
  virtual.includes(':')
    ? `
      routes: [{ to: '2001:db8:f${index}::/48', interface: ${name} }]
      rules: [{ from: '2001:db8:f${index}::/48', table: 100 }]`
    : `
      routes: [{ to: 198.51.100.${index * 8}/29, interface: ${name} }]
      rules: [{ from: 198.51.100.${index * 8}/29, table: 100 }]`;

const routerText = (setting: Setting, link: LinkSetting, host: number, own: Variant) => {
  const { name, index, virtual, virtualRouterId, addressOf } = link;
  const interval = setting.directors[host]?.interval ?? setting.interval;
  const { version, preemptDelay, lease, unicast, directors } = setting;
  const more = own.hasMore ? [moreOf(link)] : [];
  const length = setting.family === 'ipv4' ? 32 : 128;
  const peers = directors.flatMap((_, other) => (other === host ? [] : [addressOf(other)]));
  const list = (some: readonly string[]): string => `[${some.map((one) => `'${one}'`).join(', ')}]`;
  return `    - name: r${index - 1}
      interface: ${name}
      virtual_router_id: ${virtualRouterId}
      version: ${version}
      priority: ${own.priority}
      advertisement_interval: ${interval}ms
      preempt: ${own.preempt}${own.preempt && preemptDelay > 0 ? `\n      preempt_delay: ${preemptDelay}ms` : ''}
      lease: ${lease}
      address_mismatch: accept
      addresses: ${list([virtual, ...more].map((address) => `${address}/${length}`))}${setting.hasRoutes ? routingText(link) : ''}
      virtual_mac: ${setting.hasVirtualMac}${setting.isSigned ? '\n      authentication: { type: hmac, key_file: /keys }' : ''}
      track: [{ script: lesser, weight: -60 }, { script: broken }${setting.hasBfd ? directors.flatMap(({ name }, other) => (other === host ? [] : `, { bfd: ${name} }`)).join('') : ''}]
${unicast ? `      peers: ${list(peers)}\n` : ''}`;
};

const known = new Map<string, VrrpConfig>();

/** Between two packets of BFD, in milliseconds. */
export const bfdInterval = ({ interval }: Pick<Setting, 'interval'>): number => Math.max(10, Math.round(interval / 5));

/** With each of the others, on the first network. */
const bfdText = (setting: Setting, host: number): string => {
  const rate = `${bfdInterval(setting)}ms`;
  const sessions = setting.directors.flatMap(({ name }, other) =>
    other === host
      ? []
      : `{ name: ${name}, peer: ${linksOf(setting)[0]?.addressOf(other)}, min_tx: ${rate}, min_rx: ${rate} }`,
  );
  return setting.hasBfd ? `  bfd: [${sessions.join(', ')}]\n` : '';
};

export const configOf = (setting: Setting, { name }: DirectorSetting, host: number, own: Variant): VrrpConfig => {
  const used = linksOf(setting);
  const group = used.length > 1 ? '  groups: [{ name: lab, routers: [r1, r2] }]\n' : '';
  const text = `director: ${name}
vrrp:
  scripts: [{ name: lesser, command: [/bin/true] }, { name: broken, command: [/bin/true] }]
${group}${bfdText(setting, host)}  routers:
${used.map((link) => routerText(setting, link, host, own)).join('')}`;
  const before = known.get(text);
  if (before !== undefined) return before;
  const parsed = parseConfig(text, 'f');
  assert.ok(parsed.ok, JSON.stringify(parsed));
  if (known.size > 200) known.clear();
  known.set(text, parsed.config.vrrp);
  return parsed.config.vrrp;
};
