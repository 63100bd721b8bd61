// `regent doctor`: looks for common faults, and prints each finding with its remedy.

import { harmlessJson } from '../base/harmless-text.ts';
import { parseDuration } from '../base/units.ts';
import { examine } from '../doctor/examination.ts';
import { renderFindings } from '../doctor/finding.ts';
import { loadValid } from './configuration.ts';
import { exitCodes, WrongUsage } from './exit-codes.ts';

export type DoctorOptions = {
  readonly config: string;
  readonly listen: string;
  readonly together?: boolean;
  readonly json?: boolean;
};

/** @returns 0 without findings or with hints only, else 1. @throws WrongUsage */
export const doctor = async ({ config: file, listen, together = false, json }: DoctorOptions): Promise<number> => {
  const config = await loadValid(file);
  const span = parseDuration(listen);
  if (span === undefined) throw new WrongUsage(`--listen is a duration with its unit, such as 4s, not ${listen}`);
  const findings = await examine(config, { span, together });
  process.stdout.write(json ? `${harmlessJson(JSON.stringify({ findings }, null, 2))}\n` : renderFindings(findings));
  return findings.every(({ severity }) => severity === 'hint') ? exitCodes.done : exitCodes.failed;
};
