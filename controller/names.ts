// The names in a configuration, and what a command means by one. Pure.

import { suggestWord } from '../base/suggestion.ts';
import type { DirectorConfig } from '../config/model/model.ts';
import { spellEndpoint } from '../net/endpoint.ts';

export const routerNames = ({ vrrp }: DirectorConfig): string[] => vrrp.routers.map(({ name }) => name);

/** All that a handover may name. */
export const handedNames = (config: DirectorConfig): string[] => [
  ...routerNames(config),
  ...(config.anycast?.addresses ?? []).map(({ name }) => name),
];

export const serverNames = ({ virtualServices }: DirectorConfig): string[] => [
  ...new Set(virtualServices.flatMap(({ realServers }) => realServers.map(({ name }) => name))),
];

/** Why a name means nothing, with the nearest that does. */
export const describeUnknown = (kind: string, name: string, names: readonly string[]): string => {
  const meant = suggestWord(name, names);
  const hint = meant === undefined ? `; there are ${names.join(', ') || 'none'}` : ` (did you mean "${meant}"?)`;
  return `There is no ${kind} ${name}${hint}`;
};

/** @param text its name, or its address and port in any spelling. */
export const serverMeant = (
  text: string,
  servers: readonly string[],
): { readonly server: string } | { readonly refused: string } => {
  const server = spellEndpoint(text);
  return servers.includes(server) ? { server } : { refused: describeUnknown('real server', server, servers) };
};

/** The named router with its sync group, or all without a name; a text says that there is no such router. */
export const routersMeant = (router: string | undefined, config: DirectorConfig): readonly string[] | string => {
  const names = handedNames(config);
  if (router === undefined) return names;
  if (!names.includes(router)) return describeUnknown('router', router, names);
  return config.vrrp.groups.find(({ routers }) => routers.includes(router))?.routers ?? [router];
};
