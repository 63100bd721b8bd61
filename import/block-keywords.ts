// The keywords that each of keepalived's blocks may have, by the path of the block, and which blocks hold values. Pure.

import { globalKeywords, topKeywords } from './global-keywords.ts';
import { groupKeywords, routerKeywords } from './router-keywords.ts';
import type { Table } from './rows.ts';
import {
  checkerKeywords,
  checkers,
  serverKeywords,
  serviceKeywords,
  sslKeywords,
  urlKeywords,
} from './service-keywords.ts';
import { bfdKeywords, fileKeywords, processKeywords, scriptKeywords } from './tracker-keywords.ts';

const keywordsOf = (...tables: readonly Table[]): ReadonlySet<string> =>
  new Set(tables.flatMap(({ rows }) => rows.flatMap(({ keywords }) => keywords)));

const server = '/virtual_server/real_server';

const blocks: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['', keywordsOf(topKeywords)],
  ['/global_defs', keywordsOf(globalKeywords)],
  ['/vrrp_instance', keywordsOf(routerKeywords)],
  ['/vrrp_instance/authentication', new Set(['auth_type', 'auth_pass'])],
  ['/vrrp_sync_group', keywordsOf(groupKeywords)],
  ['/track_group', new Set(['group'])],
  ['/garp_group', new Set(['garp_interval', 'gna_interval', 'interface', 'interfaces'])],
  ['/vrrp_script', keywordsOf(scriptKeywords)],
  ['/vrrp_track_process', keywordsOf(processKeywords)],
  ['/vrrp_track_file', keywordsOf(fileKeywords)],
  ['/track_file', keywordsOf(fileKeywords)],
  ['/bfd_instance', keywordsOf(bfdKeywords)],
  ['/SSL', keywordsOf(sslKeywords)],
  ['/virtual_server', keywordsOf(serviceKeywords)],
  [server, keywordsOf(serverKeywords)],
  [`${server}/FILE_CHECK`, new Set(['track_file', 'weight'])],
  [`${server}/BFD_CHECK`, new Set(['name', 'alpha'])],
  ...Object.entries(checkers).flatMap(([name, table]): [string, ReadonlySet<string>][] => [
    [`${server}/${name}`, keywordsOf(table, checkerKeywords)],
    ...(table.rows.some(({ keywords }) => keywords.includes('url'))
      ? [[`${server}/${name}/url`, keywordsOf(urlKeywords)] as [string, ReadonlySet<string>]]
      : []),
    ...(name === 'SMTP_CHECK'
      ? [[`${server}/${name}/host`, keywordsOf(checkerKeywords)] as [string, ReadonlySet<string>]]
      : []),
  ]),
]);

const tracks = ['track_interface', 'track_script', 'track_file', 'track_process', 'track_bfd'];

/** Blocks whose lines are values. */
const values: ReadonlySet<string> = new Set([
  ...['static_ipaddress', 'static_routes', 'static_rules', 'linkbeat_interfaces', 'interface_up_down_delays'].map(
    (name) => `/${name}`,
  ),
  '/virtual_server_group',
  '/track_group/group',
  '/garp_group/interfaces',
  '/global_defs/notification_email',
  ...['group', ...tracks].map((name) => `/vrrp_sync_group/${name}`),
  ...['unicast_peer', 'virtual_ipaddress', 'virtual_ipaddress_excluded', 'virtual_routes', 'virtual_rules'].map(
    (name) => `/vrrp_instance/${name}`,
  ),
  ...tracks.map((name) => `/vrrp_instance/${name}`),
  // Not in 2.2.7: its keys are never read.
  '/vrrp_instance/auth_hmac',
]);

export const blockKeywords = (path: string): ReadonlySet<string> | undefined => blocks.get(path);

export const hasValues = (path: string): boolean => values.has(path);

/** Blocks that keepalived's VRRP process skips: they are the checker process's. */
export const isOfServices = (keyword: string): boolean => /^(virtual_server(_group)?|SSL)$/.test(keyword);

/** Blocks that keepalived's checker process skips. */
export const isOfRouters = (keyword: string): boolean =>
  /^(vrrp_(?!track_file$)|static_|track_group$|garp_group$|linkbeat_interfaces$|interface_up_down_delays$)/.test(
    keyword,
  );
