// The directors' configuration files as the lab uses them: which file a profile takes, and what the lab must know of it.

import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { dump, load } from 'js-yaml';
import { type Milliseconds, milliseconds, parseDuration } from '../base/units.ts';
import type { DirectorName, Profile } from './topology.ts';

/** The little of a configuration that the lab reads; regent itself checks the rest. */
export type Document = {
  vrrp: {
    hold?: string;
    routers: {
      virtual_router_id: number;
      priority: number;
      version?: number;
      advertisement_interval?: string;
      down_after?: number;
      addresses: string[];
    }[];
  };
  virtual_services: { check: { interval: string; timeout: string; rise: number; fall: number } }[];
  peers?: { key_file: string };
  log?: { level?: string; format?: string };
};

const projectFolder = new URL('../../', import.meta.url);

/** The file that configures a director in a profile. */
export const configurationOf = (name: DirectorName, profile: Profile): string =>
  fileURLToPath(new URL(profile === 'seed' ? `config/seed/${name}.yaml` : `config/${name}.yaml`, projectFolder));

/** The program that users call `regent`. */
export const regentProgram = fileURLToPath(new URL('dist/cli/regent.js', projectFolder));

/** Reads a director's configuration as plain data. @throws when it is no YAML; its content is not checked here. */
export const readDocument = async (path: string): Promise<Document> => load(await readFile(path, 'utf8')) as Document;

/**
 * Writes a copy of a configuration that logs JSON, which the lab renders itself, and reads its peers' key where the lab
 * has written it; nothing else differs.
 */
export const writeCopy = async (document: Document, path: string, keyFile: string): Promise<void> => {
  const { peers, log } = document;
  const copy = {
    ...document,
    ...(peers !== undefined && { peers: { ...peers, key_file: keyFile } }),
    log: { level: 'info', ...log, format: 'json' },
  };
  await writeFile(path, dump(copy));
};

const durationOf = (text: string | undefined, otherwise: number): Milliseconds =>
  parseDuration(text ?? '') ?? milliseconds(otherwise);

export type Router = {
  readonly routerId: number;
  readonly priority: number;
  readonly interval: Milliseconds;
  readonly downAfter: number;
  /** How long the director waits for an advertisement before it takes over. */
  readonly masterDown: Milliseconds;
};

/**
 * The router that carries an address, with its master down interval: missed advertisements x interval + skew
 * (RFC 9568 6.1; the skew of version 2 is in seconds, RFC 3768 6.1).
 * @throws when no router carries it.
 */
export const routerOf = (document: Document, address: string): Router => {
  const found = document.vrrp.routers.find(({ addresses }) => addresses.some((cidr) => cidr.split('/')[0] === address));
  if (found === undefined) throw new Error(`No router of the configuration carries ${address}`);
  const { virtual_router_id: routerId, priority, version = 3, down_after: downAfter = 3 } = found;
  const interval = durationOf(found.advertisement_interval, 1000);
  const skew = ((256 - priority) / 256) * (version === 2 ? 1000 : interval);
  return { routerId, priority, interval, downAfter, masterDown: milliseconds(downAfter * interval + skew) };
};

/** How long regent may take to see that a real server died, and that it lives again. */
export type Detection = { readonly death: Milliseconds; readonly recovery: Milliseconds };

/**
 * How long the health checks may take: fall (or rise) x interval + timeout.
 * @throws when the configuration has no virtual service.
 */
export const detectionOf = (document: Document): Detection => {
  const check = document.virtual_services[0]?.check;
  if (check === undefined) throw new Error('The configuration has no virtual service');
  const interval = durationOf(check.interval, 1000);
  const timeout = durationOf(check.timeout, 1000);
  return {
    death: milliseconds(check.fall * interval + timeout),
    recovery: milliseconds(check.rise * interval + timeout),
  };
};
