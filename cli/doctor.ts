// `regent doctor`: looks at what usually breaks, and prints each finding with what mends it.

import { parseDuration } from '../config/units.ts';
import { examine } from '../doctor/examination.ts';
import { renderFindings } from '../doctor/finding.ts';
import { loadOrExit } from './configuration.ts';
import { exitCodes } from './exit-codes.ts';

export type DoctorOptions = {
  readonly config: string;
  readonly listen: string;
  readonly together?: boolean;
  readonly json?: boolean;
};

/** @returns 0 when nothing is wrong but hints, 1 when something is, 2 on wrong usage. */
export const doctor = async ({ config: file, listen, together = false, json }: DoctorOptions): Promise<number> => {
  const config = loadOrExit(file);
  const span = parseDuration(listen);
  if (span === undefined) {
    process.stderr.write(`--listen is no duration such as 4s: ${listen}\n`);
    return exitCodes.wrongUsage;
  }
  const findings = await examine(config, { span, together });
  process.stdout.write(json ? `${JSON.stringify({ findings }, null, 2)}\n` : renderFindings(findings));
  return findings.every(({ severity }) => severity === 'hint') ? exitCodes.done : exitCodes.failed;
};
