// An address and a port. Pure.

import { familyOf, type IpAddress, parseAddress } from './ip-address.ts';

export type Endpoint = { readonly address: IpAddress; readonly port: number };

/** Splits `host`, `host:port`, `[host]:port` and a bare IPv6 host; port 0 if there is none. */
export const splitPort = (text: string): { readonly host: string; readonly port: number } | undefined => {
  if (parseAddress(text) !== undefined) return { host: text, port: 0 };
  const [, inBrackets, plain, digits = '0'] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::([1-9]\d{0,4}))?$/.exec(text) ?? [];
  const host = inBrackets ?? plain;
  const port = Number(digits);
  // Only IPv6 addresses have brackets.
  const isMisplaced = inBrackets !== undefined && !inBrackets.includes(':');
  return host === undefined || isMisplaced || port > 65_535 ? undefined : { host, port };
};

/** Parses `address` or `address:port`, IPv6 in brackets before a port; port 0 if there is none. */
export const parseEndpoint = (text: string): Endpoint | undefined => {
  const parts = splitPort(text);
  const address = parts && parseAddress(parts.host);
  return parts === undefined || address === undefined ? undefined : { address, port: parts.port };
};

/** Formats `192.0.2.1:80`, `[fd00::1]:80` and, with port 0, the address alone. */
export const formatEndpoint = ({ address, port }: Endpoint): string => {
  if (port === 0) return address;
  return familyOf(address) === 'ipv6' ? `[${address}]:${port}` : `${address}:${port}`;
};

/** Spells an endpoint canonically: `[2001:DB8::1]:80` becomes `[2001:db8::1]:80`; other text is unchanged. */
export const spellEndpoint = (text: string): string => {
  const endpoint = parseEndpoint(text);
  return endpoint === undefined ? text : formatEndpoint(endpoint);
};
