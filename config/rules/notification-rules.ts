// Rules about notifications that span several values: their names, their programs, and what belongs to a webhook alone.

import { checkProgram, type Finding, findRepeatedNames, type Notification } from './finding.ts';
import type { Places } from './places.ts';

export const checkNotifications = (notifications: readonly Notification[], places: Places): Finding[] => [
  ...findRepeatedNames(notifications, 'notification', places),
  ...notifications.flatMap(({ script }) => checkProgram(script, places)),
  ...notifications
    .filter((one) => places.isGiven(one, 'headers') && !places.isGiven(one, 'webhook'))
    .map((one) => ({ path: places.of(one, 'headers'), message: 'only a webhook has header fields' })),
];
