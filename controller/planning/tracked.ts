// The effect of changed items on the routers that track them. Pure.

import { isDeepStrictEqual } from 'node:util';
import type { DirectorConfig } from '../../config/model/model.ts';
import type { VirtualServiceConfig } from '../../config/model/service-model.ts';
import { hitless, type PlanLine } from '../plan-line.ts';
import { differences } from './words.ts';

const lists = { scripts: 'script', processes: 'process', files: 'file', bfd: 'bfd' } as const;

type Item = { readonly name: string };

/** The routers and groups that track an item. */
const followersOf = ({ vrrp }: DirectorConfig, kind: string, name: string): string[] =>
  [...vrrp.routers, ...vrrp.groups]
    .filter(({ track }) => track.some((one) => one.kind === kind && one.name === name))
    .map((one) => one.name);

const follow = (subject: string, change: string, followers: readonly string[]): PlanLine =>
  followers.length === 0
    ? hitless(subject, change)
    : {
        subject,
        change: `${change}; ${followers.join(', ')} ${followers.length === 1 ? 'follows' : 'follow'} it`,
        effect: 'election',
      };

/** A changed item, referenced by name, may weigh otherwise or have another state at its next check. */
const planItems = (before: DirectorConfig, after: DirectorConfig): PlanLine[] =>
  Object.entries(lists).flatMap(([list, kind]) => {
    const [old, next] = [before, after].map(
      ({ vrrp }) => new Map((vrrp[list as keyof typeof lists] as readonly Item[]).map((item) => [item.name, item])),
    );
    return [...new Set([...(old?.keys() ?? []), ...(next?.keys() ?? [])])].flatMap((name): PlanLine[] => {
      const [was, is] = [old?.get(name), next?.get(name)];
      if (isDeepStrictEqual(was, is)) return [];
      const change =
        was === undefined ? 'is added' : is === undefined ? 'is removed' : differences(was, is, ['name']).join(', ');
      return [follow(`${kind} ${name}`, change, followersOf(after, kind, name))];
    });
  });

/** What decides whether a service has its quorum. */
const quorumOf = ({ checks, quorum, hysteresis, realServers }: VirtualServiceConfig): object => ({
  checks,
  quorum,
  hysteresis,
  servers: realServers.map(({ endpoint, weight, standby, checks: own }) => ({ endpoint, weight, standby, own })),
});

const planServices = (before: DirectorConfig, after: DirectorConfig): PlanLine[] =>
  after.virtualServices.flatMap((is) => {
    const was = before.virtualServices.find(({ name }) => name === is.name);
    const followers = followersOf(after, 'service', is.name);
    if (followers.length === 0 || (was !== undefined && isDeepStrictEqual(quorumOf(was), quorumOf(is)))) return [];
    return [follow(`service ${is.name}`, 'may gain or lose its quorum', followers)];
  });

export const planTracked = (before: DirectorConfig, after: DirectorConfig): PlanLine[] => [
  ...planItems(before, after),
  ...planServices(before, after),
];
