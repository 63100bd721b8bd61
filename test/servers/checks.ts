// Checks as the configuration makes them, and targets on loopback.

import type { CheckConfig, CheckType } from '../../config/model/check-model.ts';
import { parseConfig } from '../../config/source/load.ts';
import { formatProblems } from '../../config/source/problem.ts';
import type { Target } from '../../healthcheck/messages.ts';
import { ip } from '../../net/ip-address.ts';

type CheckOf<Type extends CheckType> = Extract<CheckConfig, { readonly type: Type }>;

/** A check of a type, from keys as the configuration names them. */
export const makeCheck = <Type extends CheckType>(
  type: Type,
  keys: Readonly<Record<string, unknown>> = {},
): CheckOf<Type> => {
  // JSON is YAML.
  const document = {
    director: 'd',
    vrrp: { routers: [] },
    virtual_services: [{ name: 's', address: '10.0.0.1:80', check: { type, ...keys }, real_servers: [] }],
  };
  const result = parseConfig(JSON.stringify(document), 'check');
  if (!result.ok) throw new Error(formatProblems(result.problems));
  const [check] = result.config.virtualServices[0]?.checks ?? [];
  return check as CheckOf<Type>;
};

export const makeTarget = <Type extends CheckType>(
  type: Type,
  port: number,
  keys: Readonly<Record<string, unknown>> = {},
  address = ip('127.0.0.1'),
): Target<CheckOf<Type>> => ({
  id: `${address}:${port}/${type}`,
  endpoint: { address, port },
  check: makeCheck(type, keys),
});
