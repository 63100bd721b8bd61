// On this host, which may have no IPVS.

import { describeChurn } from './churn.ts';

describeChurn(() => true);
