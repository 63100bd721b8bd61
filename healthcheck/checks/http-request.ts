// An HTTP/1.1 request, and the target of a redirect. Pure.

import type { HttpCheck, HttpsCheck } from '../../config/model/check-model.ts';

type WebCheck = HttpCheck | HttpsCheck;

/** What to request from the server; a redirect changes it. */
export type Place = { readonly path: string; readonly host: string };

export const encodeRequest = (check: WebCheck, { path, host }: Place): string => {
  const own: readonly (readonly [string, string])[] = [
    ['Host', host],
    ['User-Agent', 'regent'],
    ['Connection', check.keepAlive ? 'keep-alive' : 'close'],
    ...(check.method === 'POST' ? [['Content-Length', '0'] as const] : []),
  ];
  const given = Object.entries(check.headers);
  const names = new Set(given.map(([name]) => name.toLowerCase()));
  const fields = [...own.filter(([name]) => !names.has(name.toLowerCase())), ...given];
  return `${[`${check.method} ${path} HTTP/1.1`, ...fields.map(([name, text]) => `${name}: ${text}`)].join('\r\n')}\r\n\r\n`;
};

/** The target of a redirect on the same server; a string says why it cannot be followed. */
export const followRedirect = (check: WebCheck, { path, host }: Place, location: string): Place | string => {
  const base = `${check.type}://${host}${path}`;
  if (!URL.canParse(location, base)) return `redirected to "${location.slice(0, 100)}", which is not an address`;
  const url = new URL(location, base);
  if (url.protocol !== `${check.type}:`) return `redirected to ${url}, away from ${check.type}`;
  return { path: `${url.pathname}${url.search}`, host: url.host };
};

/** The name in a Host header, without its port and brackets. */
export const nameInHost = (host: string): string => host.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
