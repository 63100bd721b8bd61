// What the doctor is given to examine, and how a test reads what it found.

import { load } from 'js-yaml';
import type { Finding } from '../../../doctor/finding.ts';

export const router = (keys: object = {}) => ({
  name: 'vip',
  interface: 'enp0s9',
  virtual_router_id: 51,
  addresses: ['192.168.55.100/32'],
  ...keys,
});
export const router6 = (keys: object = {}) =>
  router({ name: 'six', addresses: ['fd55::64/128', 'fe80::64/128'], ...keys });
export const service = {
  name: 'web',
  address: '192.168.55.100:80',
  real_servers: [{ name: 'rs0', address: '192.168.66.111:80' }],
};
export const service6 = {
  name: 'web6',
  address: '[fd55::64]:80',
  real_servers: [{ name: 'rs0', address: '[fd66::111]:80' }],
};

export const about = (findings: readonly Finding[], pattern: RegExp): Finding | undefined =>
  findings.find(({ message }) => pattern.test(message));
export const show = (findings: readonly Finding[]): string => JSON.stringify(findings, null, 2);

/** An interface of IPv6 has no route to the group at first. */
export const longer = ['--listen', '2500ms'];

/** The router with the line that is to be written there. */
export const changed = (one: object, { change = '' }: Finding): object => ({ ...one, ...(load(change) as object) });
