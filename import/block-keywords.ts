// The keywords that each of keepalived's blocks may have, by the path of the block; undefined if its lines are values. Pure.

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
  ['/vrrp_script', keywordsOf(scriptKeywords)],
  ['/vrrp_track_process', keywordsOf(processKeywords)],
  ['/vrrp_track_file', keywordsOf(fileKeywords)],
  ['/track_file', keywordsOf(fileKeywords)],
  ['/bfd_instance', keywordsOf(bfdKeywords)],
  ['/SSL', keywordsOf(sslKeywords)],
  ['/virtual_server', keywordsOf(serviceKeywords)],
  [server, keywordsOf(serverKeywords)],
  ...Object.entries(checkers).flatMap(([name, table]): [string, ReadonlySet<string>][] => [
    [`${server}/${name}`, keywordsOf(table, checkerKeywords)],
    [`${server}/${name}/url`, keywordsOf(urlKeywords)],
    [`${server}/${name}/host`, keywordsOf(checkerKeywords)],
  ]),
]);

export const blockKeywords = (path: string): ReadonlySet<string> | undefined => blocks.get(path);
