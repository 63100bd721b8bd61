// Tests that mostly wait run at the same time, each on hosts of its own; every one still passes or fails by itself.

import { closeHosts, type Host, openHosts } from './hosts.ts';

/** Registers tests by their names. @param atOnce how many run at a time. */
export const besideEachOther = (tests: Readonly<Record<string, () => Promise<void>>>, atOnce = 4): void => {
  const running = new Map<string, Promise<void>>();
  before(() => {
    const lanes: Promise<void>[] = Array.from({ length: atOnce }, () => Promise.resolve());
    for (const [index, [name, test]] of Object.entries(tests).entries()) {
      const lane = index % atOnce;
      const run = (lanes[lane] ?? Promise.resolve()).then(test);
      running.set(name, run);
      // Whoever waits for it is told of a failure; the next in the lane starts all the same.
      lanes[lane] = run.catch(() => undefined);
    }
  });
  // What a test has started is ended by it, also where only some are asked for.
  after(() => Promise.allSettled(running.values()));
  for (const name of Object.keys(tests)) it(name, () => running.get(name));
};

/** What is done on two hosts that are joined by a cable; throws when something is not as it must be. */
export type HostsTest = (hosts: readonly [Host, Host]) => Promise<void>;

const onHosts = async (test: HostsTest): Promise<void> => {
  const hosts = openHosts();
  try {
    await test(hosts);
  } catch (error) {
    console.error(hosts.map((host) => host.log()).join('\n'));
    throw error;
  } finally {
    await closeHosts(hosts);
  }
};

/** Registers tests by their names, each with two hosts. @param atOnce how many run at a time. */
export const sideBySide = (tests: Readonly<Record<string, HostsTest>>, atOnce?: number): void =>
  besideEachOther(Object.fromEntries(Object.entries(tests).map(([name, test]) => [name, () => onHosts(test)])), atOnce);
