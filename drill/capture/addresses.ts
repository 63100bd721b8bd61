// Addresses of a host as `ip -o address` lists them and `ip -ts -o monitor address` reports their changes. Pure.

export type AddressChange = {
  /** Wall clock of the host in milliseconds; absent in a list. */
  readonly time?: number;
  readonly address: string;
  readonly held: boolean;
  /** How long the kernel keeps it unless it is renewed, in milliseconds; absent for ever. */
  readonly lease?: number;
};

/** Parses one line, with its time in UTC. @returns undefined without an address. */
export const parseAddressLine = (line: string): AddressChange | undefined => {
  const match = /^(?:\[([\d-]+T[\d:]+)\.(\d+)\] )?(Deleted )?\d+: \S+\s+inet6? ([\dA-Fa-f.:]+)\//.exec(line);
  if (match === null) return undefined;
  const [, second, micros, deleted, address = ''] = match;
  const lease = /valid_lft (\d+)sec/.exec(line)?.[1];
  const held = deleted === undefined;
  return {
    ...(second !== undefined && { time: Date.parse(`${second}Z`) + Number(micros) / 1000 }),
    address,
    held,
    ...(held && lease !== undefined && { lease: Number(lease) * 1000 }),
  };
};
