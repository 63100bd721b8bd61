// The lab set up and running: hosts, web servers, capture and regent on both directors, before the first step.

import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { type Capture, startCapture } from './capture.ts';
import { configurationOf, type Document, readDocument } from './configuration.ts';
import { type Director, startDirector, writeKey } from './directors.ts';
import { bootHosts, type Hosts, type Namespaces } from './hosts.ts';
import { folderOf } from './teardown.ts';
import {
  type DirectorName,
  directorNames,
  type Profile,
  type RealServerName,
  realServerNames,
  servicePort,
} from './topology.ts';

export type WebServer = {
  readonly stop: () => Promise<void>;
  /** Starts it again; resolves once it listens. */
  readonly start: () => Promise<void>;
};

export type Stage<Kind extends Hosts = Hosts> = {
  readonly profile: Profile;
  readonly hosts: Kind;
  readonly capture: Capture;
  readonly directors: Readonly<Record<DirectorName, Director>>;
  readonly documents: Readonly<Record<DirectorName, Document>>;
  readonly webServers: Readonly<Record<RealServerName, WebServer>>;
};

export type StageOptions = {
  /** Delay of the real servers' answers, in milliseconds. */
  readonly answerDelay?: number;
  /** Converts a profile's configuration for the directors. */
  readonly adapt?: (document: Document) => Document;
};

const launchWebServer = async (hosts: Hosts, name: RealServerName, delay: number): Promise<() => Promise<void>> => {
  const command = [...hosts.program('web-server'), name, String(servicePort), String(delay)];
  // No stream belongs to the lab: the server may outlive it (`--keep`).
  const child = hosts.start(name, command, { stdio: ['ignore', 'pipe', 'ignore'] });
  child.unref();
  const ended = once(child, 'exit');
  if (child.stdout === null) throw new Error('The web server has no standard output');
  const answer = await Promise.race([once(child.stdout, 'data'), ended]);
  if (child.exitCode !== null) throw new Error(`The web server of ${name} exited with ${answer[0]}`);
  child.stdout.destroy();
  return async () => {
    child.kill('SIGKILL');
    await ended;
  };
};

/** Starts the web server of a real server; resolves once it listens. */
export const startWebServer = async (hosts: Hosts, name: RealServerName, delay = 0): Promise<WebServer> => {
  let stop = await launchWebServer(hosts, name, delay);
  return {
    stop: () => stop(),
    start: async () => {
      stop = await launchWebServer(hosts, name, delay);
    },
  };
};

/**
 * Sets the stage. Resolves once everything is started; regent may need a moment more until it serves.
 * @param prefix see {@link bootHosts}.
 * @param onLine is called for every line that a director logs.
 * @throws if a part of it fails; call `tearDown(prefix)` then, as always.
 */
export const setStage = async (
  prefix: string,
  profile: Profile,
  onLine: (line: string, name: DirectorName) => void,
  { answerDelay = 0, adapt = (document) => document }: StageOptions = {},
): Promise<Stage<Namespaces>> => {
  await mkdir(folderOf(prefix), { recursive: true, mode: 0o700 });
  await writeKey(prefix);
  const documents = {
    lb0: adapt(await readDocument(configurationOf('lb0', profile))),
    lb1: adapt(await readDocument(configurationOf('lb1', profile))),
  };
  const hosts = await bootHosts(prefix, profile);
  const [capture, ...webServers] = await Promise.all([
    startCapture(hosts),
    ...realServerNames.map((name) => startWebServer(hosts, name, answerDelay)),
  ]);
  const [rs0, rs1] = webServers;
  const [lb0, lb1] = await Promise.all(
    directorNames.map((name) => startDirector(hosts, name, documents[name], (line) => onLine(line, name))),
  );
  if (rs0 === undefined || rs1 === undefined || lb0 === undefined || lb1 === undefined) throw new Error('unreachable');
  return { profile, hosts, capture, directors: { lb0, lb1 }, documents, webServers: { rs0, rs1 } };
};
