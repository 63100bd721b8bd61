// Keeps the report of the last drill where `regent ui` finds it.

import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf } from '../base/error.ts';
import { replaceFile } from '../base/whole-file.ts';
import { lastDrillReport } from './directories.ts';

/** @returns why it is not kept; a drill does not fail for that. */
export const keepReport = (page: string, path = lastDrillReport): string | undefined => {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    replaceFile(path, page);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
};
