// Questions about the IPVS table of a director, from the kernel's /proc/net or from ipvsadm's output. Pure.

import { parseTable, type Row } from '../drill/capture/ipvs-table.ts';

/** The output of `ipvsadm -L -n` without its heading and trailing blanks. */
export const trimTable = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '' && !/^(IP Virtual Server|Prot LocalAddress| {2}-> RemoteAddress)/.test(line))
    .join('\n');

/** The same with the counts of connections masked, for tables in use. */
export const withoutCounts = (table: string): string =>
  table
    .split('\n')
    .map((line) => line.replace(/^( {2}-> \S+ +\S+ +\d+ +)\d+( +)\d+$/, '$1-$2-'))
    .map((line) => line.replace(/ +/g, ' '))
    .join('\n');

/** The client's ports of the established connections in /proc/net/ip_vs_conn. */
export const establishedPorts = (text: string): ReadonlySet<number> =>
  new Set(
    text
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((words) => words[7] === 'ESTABLISHED')
      .map(([, , port = '']) => Number.parseInt(port, 16)),
  );

/** The row of a real server in the first service. @returns undefined if there is none. */
export const rowOf = (text: string, server: string): Row | undefined =>
  parseTable(text)
    .flatMap(({ rows }) => rows)
    .find((row) => row.server === server);
