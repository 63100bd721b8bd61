// `regent health`: one exit code for probes, with a text of what is wrong.

import { askDirector, UnreachableError } from '../controller/control/client.ts';
import type { Status } from '../controller/control/status.ts';
import { exitCodes } from './exit-codes.ts';

/** What a probe should report: the warnings, and a router that should be master and is not. Pure. */
export const faultsOf = (status: Status, masterOf: string | undefined): string[] => {
  const router = status.routers.find(({ name }) => name === masterOf);
  return [
    ...status.warnings,
    ...(masterOf === undefined || router?.state === 'master'
      ? []
      : [
          router === undefined ? `there is no router ${masterOf}` : `router ${masterOf} is ${router.state}, not master`,
        ]),
  ];
};

export const health = async (socket: string, { master }: { master?: string }): Promise<number> => {
  try {
    const faults = faultsOf((await askDirector(socket, 'GET', '/v1/status')) as Status, master);
    process.stdout.write(faults.length === 0 ? 'well\n' : `${faults.join('\n')}\n`);
    return faults.length === 0 ? exitCodes.done : exitCodes.failed;
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    process.stdout.write(`${error.message}\n`);
    return exitCodes.unreachable;
  }
};
