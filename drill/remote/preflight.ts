// What an operator reads about a pair before the first fault.

import { configurationFile } from './configuration.ts';
import { compareClock, type Reach, runRemote } from './ssh.ts';

/** What is wrong with a director, in its own words. */
export const ailmentsOf = async (reach: Reach, host: string): Promise<readonly string[]> => {
  const lines = (await runRemote(reach, host, 'regent health 2>&1 || true')).trim().split('\n');
  return lines.filter((line) => line !== 'well').map((line) => `${host}: ${line}`);
};

/** The doctor's findings that are no hints, as lines. */
const examine = async (reach: Reach, host: string): Promise<readonly string[]> => {
  const said = await runRemote(reach, host, `regent doctor -c ${configurationFile} --json || true`);
  const { findings = [] } = JSON.parse(said) as {
    findings?: readonly { severity: string; message?: string; code: string }[];
  };
  return findings
    .filter(({ severity }) => severity !== 'hint')
    .map(({ code, message }) => `${host}: ${message ?? code}`);
};

/** Without tcpdump nothing is captured. */
const missing = async (reach: Reach, host: string): Promise<readonly string[]> =>
  (await runRemote(reach, host, 'command -v tcpdump || true')).trim() === ''
    ? [`${host}: without tcpdump, advertisements and ARP are not seen`]
    : [];

/** @throws if a host is not reached. */
export const preflight = async (
  reach: Reach,
  hosts: readonly string[],
  client: string | undefined,
): Promise<readonly string[]> => {
  const clocks = await Promise.all(
    [...hosts, ...(client === undefined ? [] : [client])].map(async (host) => {
      const { ahead, error } = await compareClock(reach, host);
      return `clock of ${host}: ${ahead.toFixed(1)} ms ahead, ± ${error.toFixed(1)} ms`;
    }),
  );
  const found = (
    await Promise.all(
      hosts.map(async (host) => [
        ...(await examine(reach, host)),
        ...(await ailmentsOf(reach, host)),
        ...(await missing(reach, host)),
      ]),
    )
  ).flat();
  return [...clocks, ...(found.length === 0 ? ['doctor and health: nothing found'] : found)];
};
