// Log text of what a judgement changes for a service: its quorum, and which servers take the connections. Pure.

import { unreachable } from '../../base/unreachable.ts';
import type { VirtualServiceConfig } from '../../config/model/service-model.ts';
import type { JudgementEvent } from './service-judgement.ts';

/** The log text of an event. */
export const describeJudgement = (
  event: JudgementEvent,
  service: VirtualServiceConfig,
): readonly ['info' | 'warn', string] => {
  if (event.type === 'quorum') {
    const text = `weight ${event.weight} is healthy, ${event.needed} is its quorum`;
    return event.quorum === 'held' ? ['info', `has its quorum: ${text}`] : ['warn', `has lost its quorum: ${text}`];
  }
  const { healthy, count } = event;
  switch (event.mode) {
    case 'normal':
      return ['info', `its healthy servers take the connections again: ${healthy} of ${count}`];
    case 'panic':
      return [
        'warn',
        `only ${healthy} of ${count} servers are healthy, below the panic threshold of ${service.panicThreshold}%: all that have been healthy before are used with their weights until more are`,
      ];
    case 'standby':
      return ['warn', 'its standby servers take the connections'];
    case 'sorry':
      return ['warn', `its sorry server ${service.sorryServer?.name ?? ''} takes the connections`];
    default:
      return unreachable(event.mode);
  }
};
