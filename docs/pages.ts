// The files of this folder that are made from the program, by their names.

import { writeJsonSchema } from '../config/pages/json-schema.ts';
import { writeReference } from '../config/pages/reference-page.ts';
import { writePage } from '../import/page.ts';
import { writeSysctls } from './sysctls.ts';

export const pages: Readonly<Record<string, () => string>> = {
  'keepalived.md': writePage,
  'reference.md': writeReference,
  'regent.schema.json': writeJsonSchema,
  'sysctls.md': writeSysctls,
};
