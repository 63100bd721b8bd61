// A pair of directors in namespaces as the target of a drill: set up, watched, and taken down with the lab.

import { mkdir } from 'node:fs/promises';
import { dump } from 'js-yaml';
import { weightChanges, weightsIn } from '../../drill/capture/ipvs-table.ts';
import type { Event } from '../../drill/recording/recording.ts';
import type { Target } from '../../drill/run/target.ts';
import { merge, proveConfiguration } from '../../drill/scenario/configuration.ts';
import { rowOf as rowOfFault } from '../../drill/scenario/faults.ts';
import type { Drill } from '../../drill/scenario/keys.ts';
import { startCapture } from '../capture.ts';
import { configurationOf, type Document, detectionOf, readDocument, routerOf } from '../configuration.ts';
import { writeKey } from '../directors.ts';
import { explain } from '../failover-steps.ts';
import { bootHosts, type Namespaces } from '../hosts.ts';
import { checkAddresses, readAddresses } from '../inspection.ts';
import { startWebServer } from '../stage.ts';
import { folderOf } from '../teardown.ts';
import {
  type DirectorName,
  directorNames,
  type NetworkName,
  networkNames,
  realServerNames,
  virtualAddress,
  virtualAddresses,
} from '../topology.ts';
import { hostEnvironment } from './environment.ts';
import { fillsDisks, mountDisk } from './faults/disk.ts';
import { labFaults } from './faults/faults.ts';
import { watchSenders } from './senders.ts';
import { eventOf, logEventOf, nameOf } from './sightings.ts';
import { keepalivedSubject, regentSubject, type Subject, type SubjectName } from './subject.ts';

const profile = 'gateway';
const weightsEvery = 100;

const firstLine = (text: string): string => text.trim().split('\n')[0] ?? '';

const environmentOf = async (hosts: Namespaces, subject: Subject): Promise<Readonly<Record<string, string>>> => {
  if (subject.name === 'regent') return hostEnvironment();
  const { regent: _, ...host } = hostEnvironment();
  // It writes its version to standard error.
  const keepalived = () => hosts.run('lb0', ['sh', '-c', 'keepalived --version 2>&1']).then(firstLine);
  return { keepalived: await keepalived().catch(() => 'unknown'), ...host };
};

/** Faults that need a command of regent. */
const ofRegent = ['handover', 'drain'];

/** The virtual routers of the lab's configurations. */
const labRouters = [51, 52];

/** Why the lab cannot make a fault with a program on its directors; undefined if it can. */
export const refusalIn =
  (subject: SubjectName): Target['refusal'] =>
  (act) => {
    const { do: what, director, server, network, address, router } = act;
    if (what === 'jump_clock') return 'the hosts of the lab share one clock';
    if (/_engine$/.test(what)) return 'a pair has no routing daemon; a drill with "fleet" has';
    if (what === 'fill_disk' && subject === 'keepalived') return 'keepalived keeps no state on a disk';
    if (subject === 'keepalived' && ofRegent.includes(what)) return `keepalived has no ${what}`;
    const known = (name: string | undefined, names: readonly (string | number)[], kind: string): string | undefined =>
      name === undefined || names.map(String).includes(name)
        ? undefined
        : `there is no ${kind} ${name}, only ${names.join(', ')}`;
    const addresses = virtualAddresses(profile).map((one) => one.address);
    const place = rowOfFault(what).place;
    return (
      known(director, directorNames, 'director') ??
      known(server, realServerNames, 'server') ??
      known(network, networkNames, 'network') ??
      known(address, addresses, 'virtual address') ??
      (place === 'router' && router !== undefined ? known(String(router), labRouters, 'virtual router') : undefined)
    );
  };

/** The directors' configurations in a drill. @throws with the problems of what the drill changes in them. */
export const documentsFor = async ({
  configuration = {},
}: Drill): Promise<Readonly<Record<DirectorName, Document>>> => {
  const read = async (director: DirectorName): Promise<Document> => {
    const document = merge(await readDocument(configurationOf(director, profile)), configuration);
    proveConfiguration(dump(document), `${director}.yaml, with "configuration"`);
    return document as Document;
  };
  return { lb0: await read('lb0'), lb1: await read('lb1') };
};

/**
 * Sets up the lab with a program on its directors.
 * @param prefix of all names in the lab; see teardown.ts.
 * @param onStart is called for what happens before and between runs.
 * @param drill what it is for.
 * @throws if a part of it fails; call `tearDown(prefix)` then, as always.
 */
export const openPair = async (
  prefix: string,
  name: SubjectName,
  onStart: (event: Event) => void,
  drill: Drill,
): Promise<Target> => {
  await mkdir(folderOf(prefix), { recursive: true, mode: 0o700 });
  await writeKey(prefix);
  const documents = await documentsFor(drill);
  const hosts = await bootHosts(prefix, profile);
  const [rs0, rs1] = await Promise.all(realServerNames.map((server) => startWebServer(hosts, server)));
  if (rs0 === undefined || rs1 === undefined) throw new Error('unreachable');
  const subject = (name === 'regent' ? regentSubject : keepalivedSubject)(hosts, documents);
  let onEvent = onStart;
  if (fillsDisks(drill)) for (const director of directorNames) await mountDisk(prefix, director);
  for (const director of directorNames) await subject.start(director, (line) => onEvent(logEventOf(line, director)));

  const { routers } = documents.lb0.vrrp;
  const routerIds = routers.map(({ virtual_router_id: id }) => id);
  const addressOf = (id: number): string =>
    routers.find((one) => one.virtual_router_id === id)?.addresses[0]?.split('/')[0] ?? '';
  const networkOf = (id: number): NetworkName | undefined =>
    networkNames.find((network) => addressOf(id).startsWith(`192.168.${network}.`));
  const parts = { hosts, subject, webServers: { rs0, rs1 }, addressOf, networkOf };
  const backup = routerOf(documents.lb1, virtualAddress);
  const detection = detectionOf(documents.lb0);
  const sameClock = { ahead: 0, error: 0 };

  const tellHolders = async (director: DirectorName): Promise<void> => {
    for (const { cidr } of await readAddresses(hosts, director)) {
      const [address = ''] = cidr.split('/');
      onEvent({ type: 'address', time: Date.now(), by: director, address, held: true });
    }
  };
  return {
    on: 'namespaces',
    subject: name,
    directors: directorNames,
    servers: realServerNames,
    routers: routerIds,
    // The client's address first.
    addresses: [virtualAddress, ...routerIds.map(addressOf).filter((address) => address !== virtualAddress)],
    terms: {
      master_down: backup.masterDown,
      interval: backup.interval,
      detection: detection.death,
      recovery: detection.recovery,
    },
    masterDowns: Object.fromEntries(
      directorNames.map((director) => [director, routerOf(documents[director], virtualAddress).masterDown]),
    ),
    formula: explain(backup),
    configurations: directorNames.map((director) => ({ director, text: subject.configuration(director) })),
    environment: await environmentOf(hosts, subject),
    refusal: refusalIn(name),
    apply: (act) => {
      const make = labFaults[act.do];
      if (make === undefined) throw new Error(`the lab cannot ${act.do}`);
      return make(act, parts);
    },
    startClient: (plan) =>
      hosts.start('cl0', [...hosts.program('../drill/client/client'), JSON.stringify(plan)], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    clientClock: { hear: () => {}, read: () => sameClock },
    clocks: () => Object.fromEntries([...directorNames, 'cl0'].map((host) => [host, sameClock])),
    watch: async (listener) => {
      onEvent = listener;
      const capture = await startCapture(hosts, (sighting) => {
        const event = eventOf(sighting);
        if (event !== undefined) onEvent(event);
      });
      const senders = await watchSenders(hosts, (event) => onEvent(event));
      await Promise.all(directorNames.map(tellHolders));
      const known = new Map<DirectorName, ReadonlyMap<string, number>>();
      const timer = setInterval(() => {
        for (const director of directorNames) {
          const weights = weightsIn(hosts.readProcNet(director, 'ip_vs'), nameOf);
          for (const change of weightChanges(known.get(director) ?? new Map(), weights))
            onEvent({ type: 'weight', time: Date.now(), by: director, ...change });
          known.set(director, weights);
        }
      }, weightsEvery);
      return async () => {
        clearInterval(timer);
        await Promise.all([capture.stop(), senders.stop()]);
        onEvent = onStart;
      };
    },
    ailments: async () => {
      const addresses = await Promise.all([checkAddresses(hosts, 'lb0', true), checkAddresses(hosts, 'lb1', false)]);
      const tables = directorNames.flatMap((director) => {
        const weights = weightsIn(hosts.readProcNet(director, 'ip_vs'), nameOf);
        return realServerNames.flatMap((server) =>
          (weights.get(server) ?? 0) > 0 ? [] : [`${server} has no weight on ${director}`],
        );
      });
      return [...addresses.filter(({ held }) => !held).map(({ text }) => text), ...tables];
    },
  };
};
