// The command `npm run lab`: reads the options and selects where the lab runs, on this kernel or in a virtual machine.

import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { messageOf } from '../base/error.ts';
import { type EngineType, fleetHosts } from './anycast/plan.ts';
import { usualFleet } from './anycast/run.ts';
import { runHere, takeDownHere } from './run-here.ts';
import { runInMachine, takeDownMachine } from './run-in-machine.ts';
import { hostNames, type LabProfile, labProfiles } from './topology.ts';
import { hasIpvs } from './vm/host-ipvs.ts';

/** The user's options. */
type Options = {
  readonly profile: LabProfile;
  readonly connections?: number;
  readonly directors?: readonly EngineType[];
  readonly json?: string;
  readonly shell?: string;
  readonly keep?: boolean;
};

const main = async (action: string | undefined, options: Options): Promise<number> => {
  // Set inside the virtual machine, whose kernel is always the right one.
  const isInside = process.env.REGENT_VM === '1';
  if (action === 'down') {
    const codes = [isInside ? 0 : await takeDownMachine(), takeDownHere()];
    return Math.max(...codes);
  }
  return isInside || hasIpvs() ? runHere(options) : runInMachine(options);
};

const allHosts = [...new Set([...hostNames, ...fleetHosts(usualFleet).map(({ name }) => name)])];

/** The client has one address, and ports for this many. */
const mostConnections = 40_000;
const countOf = (text: string): number => {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > mostConnections)
    throw new InvalidArgumentError(`It is a number from 1 to ${mostConnections}.`);
  return count;
};

/** The course takes each of the first three away. */
const fewestDirectors = 3;
const mostDirectors = 20;
const daemonsOf = (text: string): readonly EngineType[] => {
  const daemons = text.split(',').filter((word): word is EngineType => word === 'bird' || word === 'frr');
  if (daemons.length !== text.split(',').length || daemons.length < fewestDirectors || daemons.length > mostDirectors)
    throw new InvalidArgumentError(`It is ${fewestDirectors} to ${mostDirectors} of bird and frr: bird,frr,bird,frr.`);
  return daemons;
};

const program = new Command('lab')
  .description('Runs regent on directors against real packets, a real IPVS table and real HTTP traffic, and reports.')
  .addArgument(new Argument('[action]', '`down` removes a lab that was kept or left behind').choices(['down']))
  .addOption(new Option('--profile <name>', 'which layout').choices(labProfiles).default('gateway'))
  .option('--connections <number>', 'of the profile anycast: how many are established', countOf)
  .option('--directors <daemons>', 'of the profile anycast: the routing daemon of each: bird,frr,bird,frr', daemonsOf)
  .option('--json <file>', 'write the report to a file, too')
  .addOption(new Option('--shell <host>', 'open a shell in a host instead of the drill').choices(allHosts))
  .option('--keep', 'leave the lab up at the end')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .action(async (action: string | undefined, options: Options) => {
    try {
      process.exit(await main(action, options));
    } catch (error) {
      process.stderr.write(`${messageOf(error)}\n`);
      process.exit(1);
    }
  });

await program.parseAsync();
