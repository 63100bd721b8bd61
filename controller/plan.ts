// What a new configuration changes on this director, and what each change costs the traffic. Pure.

import type { DirectorConfig } from '../config/model/model.ts';
import { hitless, type Plan, type PlanLine } from './plan-line.ts';
import { planAnycast } from './planning/anycast.ts';
import type { Living } from './planning/living.ts';
import { planRouters } from './planning/routers.ts';
import { planServices } from './planning/services.ts';
import { differences } from './planning/words.ts';

const planDirector = (before: DirectorConfig, after: DirectorConfig): PlanLine[] =>
  before.director === after.director
    ? []
    : [
        {
          subject: 'director',
          change: `${before.director} -> ${after.director}: the name of a running director cannot change`,
          effect: 'refused',
        },
      ];

/** Changes that neither peers nor connections notice. */
const planRest = (before: DirectorConfig, after: DirectorConfig): PlanLine[] => {
  const own = ({ vrrp: { hold, announceRate }, ...rest }: DirectorConfig): object => ({
    vrrp: { hold, announceRate },
    ...rest,
  });
  const others = ['director', 'virtualServices', 'serviceTexts', 'written', 'anycast'];
  const changes = differences(own(before), own(after), others);
  return changes.map((change) => {
    const [subject = '', ...words] = change.split(' ');
    return hitless(subject, words.join(' '));
  });
};

/** All lines of a reload, in order: the director, routers, anycast addresses, services, the rest. */
export const planChange = (before: DirectorConfig, after: DirectorConfig, living: Living): Plan => [
  ...planDirector(before, after),
  ...planRouters(before, after, living),
  ...planAnycast(before, after, living),
  ...planServices(before.virtualServices, after.virtualServices, living),
  ...planRest(before, after),
];
