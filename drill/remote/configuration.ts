// The configurations of directors on other hosts.

import type { DirectorConfig, RouterConfig } from '../../config/model/model.ts';
import { heldAddresses } from '../../config/model/virtual-addresses.ts';
import { parseConfig } from '../../config/source/load.ts';
import { formatProblems } from '../../config/source/problem.ts';
import { type Reach, runRemote } from './ssh.ts';

/** Of the service of regent's package. */
export const configurationFile = '/etc/regent/regent.yaml';

export type Remote = { readonly host: string; readonly text: string; readonly config: DirectorConfig };

/** @throws with what is wrong, each with its place. */
export const readRemote = async (reach: Reach, host: string): Promise<Remote> => {
  const text = await runRemote(reach, host, `cat ${configurationFile}`);
  const parsed = parseConfig(text, `${host}:${configurationFile}`);
  if (!parsed.ok) throw new Error(formatProblems(parsed.problems, parsed.more));
  return { host, text, config: parsed.config };
};

/** The router that carries an address. */
export const routerWith = ({ config }: Remote, address: string): RouterConfig | undefined =>
  config.vrrp.routers.find((router) => heldAddresses(router).some((held) => held.address === address));
