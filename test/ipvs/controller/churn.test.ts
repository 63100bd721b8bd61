// With an IPVS table, which has nothing of earlier configurations either.

import { describeChurn } from '../../netns/controller/churn.ts';
import { listing } from './in-process-table.ts';

describeChurn(({ namespace }) => listing(namespace).length <= 2);
