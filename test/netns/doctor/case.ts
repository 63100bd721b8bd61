// One thing that the doctor is seen to find, or not to.

import type { FindingCode } from '../../../doctor/finding.ts';

/** @param code the finding that is provoked, and seen to go. */
export type Case = { readonly title: string; readonly code?: FindingCode; readonly work: () => Promise<void> };
