// `regent doctor`: looks for common faults, and prints each finding with its remedy. A running director is asked for its peers,
// and for a split brain.

import { harmlessJson } from '../base/harmless-text.ts';
import { parseDuration } from '../base/units.ts';
import { abortAfter } from '../base/within.ts';
import { askDirector } from '../controller/control/client.ts';
import { describeDisparity } from '../controller/control/disparity.ts';
import type { Status } from '../controller/control/status.ts';
import { examine } from '../doctor/examination.ts';
import { type Finding, renderFindings, sortFindings } from '../doctor/finding.ts';
import { judgePeers, judgeVerdicts } from '../doctor/peers.ts';
import { loadValid } from './configuration.ts';
import { exitCodes, WrongUsage } from './exit-codes.ts';

export type DoctorOptions = {
  readonly config: string;
  readonly listen: string;
  readonly together?: boolean;
  readonly json?: boolean;
};

/** In milliseconds. */
const patience = 2000;

/** Without a running director, or without its permission, there is nothing to say of its peers. */
const examinePeers = async (socket: string, file: string): Promise<readonly Finding[]> => {
  try {
    const answer = (await askDirector(socket, 'GET', '/v1/status', undefined, abortAfter(patience))) as Status;
    const describe = (text: string): string => describeDisparity(text, answer.routers.length > 0);
    return [...judgePeers(answer.peers, file, describe), ...judgeVerdicts(answer.splitBrain.verdicts)];
  } catch {
    return [];
  }
};

/** @returns 0 without findings or with hints only, else 1. @throws WrongUsage */
export const doctor = async (
  socket: string,
  { config: file, listen, together = false, json }: DoctorOptions,
): Promise<number> => {
  const config = await loadValid(file);
  const span = parseDuration(listen);
  if (span === undefined) throw new WrongUsage(`--listen is a duration with its unit, such as 4s, not ${listen}`);
  const findings = sortFindings([
    ...(await examine(config, { span, together })),
    ...(await examinePeers(socket, file)),
  ]);
  process.stdout.write(json ? `${harmlessJson(JSON.stringify({ findings }, null, 2))}\n` : renderFindings(findings));
  return findings.every(({ severity }) => severity === 'hint') ? exitCodes.done : exitCodes.failed;
};
