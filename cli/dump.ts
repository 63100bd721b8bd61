// SIGUSR1: writes the director's data to files, like keepalived, for an operator who cannot use the control socket.

import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { harmlessJson } from '../base/harmless-text.ts';
import type { Status } from '../controller/control/status.ts';
import { paintFor } from './columns.ts';
import { renderStatus } from './status-page.ts';

/** Writes the page of `regent status` and its JSON. @returns the files. @throws Error of fs */
export const dumpStatus = (status: Status, directory: string): readonly string[] => {
  const texts = {
    'regent.data': renderStatus(status, Number.POSITIVE_INFINITY, paintFor({ isTTY: false })),
    'regent.json': `${harmlessJson(JSON.stringify(status, null, 2))}\n`,
  };
  return Object.entries(texts).map(([name, text]) => {
    const path = join(directory, name);
    writeFileSync(`${path}.tmp`, text, { mode: 0o640 });
    renameSync(`${path}.tmp`, path);
    return path;
  });
};
