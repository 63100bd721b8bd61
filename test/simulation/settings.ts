// The configuration of a director in a scenario, as an operator would write it.

import assert from 'node:assert/strict';
import type { VrrpConfig } from '../../config/model/model.ts';
import { parseConfig } from '../../config/source/load.ts';
import { type IpAddress, ip } from '../../net/ip-address.ts';
import type { DirectorSetting, Setting } from './scenario.ts';

export type LinkSetting = {
  readonly name: string;
  readonly index: number;
  readonly virtual: IpAddress;
  readonly addressOf: (host: number) => IpAddress;
  readonly macOf: (host: number) => string;
};

/** Both networks of the lab: clients are on the first, servers on the second. */
export const links: readonly LinkSetting[] = [0, 1].map((index) => ({
  name: `eth${index}`,
  index: index + 2,
  virtual: ip(`10.0.${index}.100`),
  addressOf: (host) => ip(`10.0.${index}.${host + 1}`),
  macOf: (host) => `52:54:00:00:0${index}:0${host + 1}`,
}));

export const linksOf = ({ isGroup }: Setting): readonly LinkSetting[] => links.slice(0, isGroup ? 2 : 1);

/** What a director's operator may change in use. */
export type Variant = { readonly priority: number; readonly hasMore: boolean };

const routerText = (setting: Setting, { name, index, virtual, addressOf }: LinkSetting, host: number, own: Variant) => {
  const interval = setting.directors[host]?.interval ?? setting.interval;
  const { version, preempt, lease, unicast, directors } = setting;
  const more = own.hasMore ? [`${virtual.replace(/100$/, '101')}/32`] : [];
  const peers = directors.flatMap((_, other) => (other === host ? [] : [addressOf(other)]));
  return `    - name: r${index - 1}
      interface: ${name}
      virtual_router_id: ${50 + index - 1}
      version: ${version}
      priority: ${own.priority}
      advertisement_interval: ${interval}ms
      preempt: ${preempt}
      lease: ${lease}
      address_mismatch: accept
      addresses: [${[`${virtual}/32`, ...more].join(', ')}]
      track: [{ script: lesser, weight: -60 }, { script: broken }]
${unicast ? `      peers: [${peers.join(', ')}]\n` : ''}`;
};

const known = new Map<string, VrrpConfig>();

export const configOf = (setting: Setting, { name }: DirectorSetting, host: number, own: Variant): VrrpConfig => {
  const used = linksOf(setting);
  const group = used.length > 1 ? '  groups: [{ name: lab, routers: [r1, r2] }]\n' : '';
  const text = `director: ${name}
vrrp:
  scripts: [{ name: lesser, command: [/bin/true] }, { name: broken, command: [/bin/true] }]
${group}  routers:
${used.map((link) => routerText(setting, link, host, own)).join('')}`;
  const before = known.get(text);
  if (before !== undefined) return before;
  const parsed = parseConfig(text, 'f');
  assert.ok(parsed.ok, JSON.stringify(parsed));
  if (known.size > 200) known.clear();
  known.set(text, parsed.config.vrrp);
  return parsed.config.vrrp;
};
