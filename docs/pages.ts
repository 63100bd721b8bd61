// The generated documentation files, by name.

import { writeJsonSchema } from '../config/pages/json-schema.ts';
import { writeReference } from '../config/pages/reference-page.ts';
import { writePage } from '../import/page.ts';
import { writeLogEvents } from './log-events.ts';
import { writeArchitecture, writeLinterRules } from './rooms.ts';
import { writeSysctls } from './sysctls.ts';

export const pages: Readonly<Record<string, () => string>> = {
  'ARCHITECTURE.md': writeArchitecture,
  'biome.json': writeLinterRules,
  'docs/keepalived.md': writePage,
  'docs/log-events.md': writeLogEvents,
  'docs/reference.md': writeReference,
  'docs/regent.schema.json': writeJsonSchema,
  'docs/sysctls.md': writeSysctls,
};
