// The IPVS table of a director, parsed from the kernel's /proc/net/ip_vs or from ipvsadm's output, and changes of weights. Pure.

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

/** Weights by server. @param nameOf a server's name by its endpoint. */
export const weightsIn = (table: string, nameOf: (endpoint: string) => string): ReadonlyMap<string, number> =>
  new Map(parseTable(table).flatMap(({ rows }) => rows.map(({ server, weight }) => [nameOf(server), weight] as const)));

/** The changes from one reading to the next; null without an entry. */
export const weightChanges = (
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): readonly { readonly server: string; readonly weight: number | null }[] =>
  [...new Set([...before.keys(), ...after.keys()])].flatMap((server) => {
    const weight = after.get(server);
    return weight === before.get(server) ? [] : [{ server, weight: weight ?? null }];
  });
