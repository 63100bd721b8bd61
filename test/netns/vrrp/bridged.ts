// Two directors on a bridge, which a test takes apart: ports, cables, interfaces.

import { connect, createNamespace, type Namespace } from '../namespaces.ts';
import { closeHosts, type Host, openHosts } from './hosts.ts';

export type Bridged = { readonly hosts: readonly [Host, Host]; readonly wire: Namespace };

/** Joins a director's interface to the bridge. */
export const joinBridge = (wire: Namespace, namespace: Namespace, index: number): void => {
  const addresses = [`192.168.55.1${index + 1}/24`];
  connect({ namespace: wire, interface: `port${index}` }, { namespace, interface: 'enp0s9', addresses });
  wire.run('ip', 'link', 'set', `port${index}`, 'master', 'br0');
};

/** @param also done for the hosts besides, such as another cable. */
export const openBridged = (also: (left: Namespace, right: Namespace) => void = () => undefined): Bridged => {
  const wire = createNamespace('wire');
  wire.run('ip', 'link', 'add', 'br0', 'type', 'bridge', 'mcast_snooping', '0', 'forward_delay', '0', 'stp_state', '0');
  // Otherwise it has the lowest of its ports', and another once that port leaves.
  wire.run('ip', 'link', 'set', 'br0', 'address', '02:00:00:00:55:01');
  wire.run('ip', 'address', 'add', '192.168.55.1/24', 'dev', 'br0');
  wire.run('ip', 'link', 'set', 'br0', 'up');
  const hosts = openHosts((left, right) => {
    for (const [index, namespace] of [left, right].entries()) joinBridge(wire, namespace, index);
    also(left, right);
  });
  return { hosts, wire };
};

export const closeBridged = async ({ hosts, wire }: Bridged): Promise<void> => {
  await closeHosts(hosts);
  wire.remove();
};

/** Runs a test on a bridge; a failure shows the logs. */
export const onBridge = async (stage: Bridged, test: (stage: Bridged) => Promise<void>): Promise<void> => {
  try {
    await test(stage);
  } catch (error) {
    console.error(stage.hosts.map((host) => host.log()).join('\n'));
    throw error;
  } finally {
    await closeBridged(stage);
  }
};
