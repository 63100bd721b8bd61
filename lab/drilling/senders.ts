// What the directors let go at their own interfaces, whether or not the network has it.

import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { captureFilter, captureOptions } from '../../drill/capture/frames.ts';
import { sentEvent } from '../../drill/capture/sent.ts';
import type { Event } from '../../drill/recording/recording.ts';
import { endAll, untilListening } from '../capture.ts';
import type { Namespaces } from '../hosts.ts';
import { type DirectorName, directorNames, interfaceNames, type NetworkName, networkNames } from '../topology.ts';

/** @throws if tcpdump does not listen. */
export const watchSenders = async (
  hosts: Namespaces,
  onEvent: (event: Event) => void,
): Promise<{ readonly stop: () => Promise<void> }> => {
  const watch = async (director: DirectorName, network: NetworkName): Promise<ChildProcess> => {
    const command = ['tcpdump', ...captureOptions, '-Q', 'out', '-i', interfaceNames[network], captureFilter];
    const child = hosts.start(director, command, { stdio: ['ignore', 'pipe', 'pipe'] });
    if (child.stdout !== null)
      createInterface({ input: child.stdout }).on('line', (line) => {
        const event = sentEvent(line, director, network);
        if (event !== undefined) onEvent(event);
      });
    await untilListening(child, `${director}'s ${interfaceNames[network]}`);
    return child;
  };
  const places = directorNames.flatMap((director) => networkNames.map((network) => [director, network] as const));
  const children = await Promise.all(places.map(([director, network]) => watch(director, network)));
  return { stop: () => endAll(children) };
};
