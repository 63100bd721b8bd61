// The IPVS table of a director, parsed from the kernel's /proc/net/ip_vs or from ipvsadm's output. Pure.

export type Row = {
  readonly server: string;
  readonly weight: number;
  readonly active: number;
  readonly inactive: number;
};
export type Table = { readonly service: string; readonly scheduler: string; readonly rows: readonly Row[] };

const parseEndpoint = (text: string): string => {
  const [address = '', port = ''] = text.split(':');
  if (!/^[0-9A-F]{8}$/.test(address)) return text;
  return `${(address.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)).join('.')}:${Number.parseInt(port, 16)}`;
};

/** Parses the services of /proc/net/ip_vs (hexadecimal endpoints) or of `ipvsadm -L -n` (decimal ones). */
export const parseTable = (text: string): readonly Table[] => {
  const tables: { service: string; scheduler: string; rows: Row[] }[] = [];
  for (const line of text.split('\n')) {
    const [first = '', second = '', third = '', weight, active, inactive] = line.trim().split(/\s+/);
    if (first === 'TCP' || first === 'UDP') {
      tables.push({ service: `${first} ${parseEndpoint(second)}`, scheduler: third, rows: [] });
    } else if (first === '->' && second !== 'RemoteAddress:Port') {
      const server = parseEndpoint(second);
      const row = { server, weight: Number(weight), active: Number(active), inactive: Number(inactive) };
      tables.at(-1)?.rows.push(row);
    }
  }
  return tables;
};

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
