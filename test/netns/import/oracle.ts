// Asks the real keepalived what it understands of a configuration, and names where the import means something else.

import { hostFiles } from '../../../config/source/files.ts';
import { compareWithKeepalived } from '../../../import/compare/report.ts';
import { importKeepalived } from '../../../import/import.ts';

/** The differences, without what was counted. @throws Error where there was nothing to compare with. */
export const differencesOf = (file: string): readonly string[] => {
  const { yaml, statements } = importKeepalived(file, hostFiles, { configId: 'main', environment: {} });
  const { lines, isDone } = compareWithKeepalived(file, 'main', statements, yaml);
  if (!isDone) throw new Error(lines.join('\n'));
  return lines.filter(
    (line) => !line.startsWith('  keepalived says:') && !/: \d+ values of \d+ things compared, \d+ differ$/.test(line),
  );
};

/** The differences; undefined where keepalived refuses the file as a whole. */
export const differencesOrNone = (file: string): readonly string[] | undefined => {
  try {
    return differencesOf(file);
  } catch (error) {
    if (/keepalived refuses the configuration/.test(String(error))) return undefined;
    throw error;
  }
};
