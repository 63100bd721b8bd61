// The directors' configuration files in the lab: the file of a profile, and the values that the lab reads from it.

import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { dump, load } from 'js-yaml';
import { type Milliseconds, milliseconds, parseDuration } from '../base/units.ts';
import type { DirectorName, Profile } from './topology.ts';

/** The part of a configuration that the lab reads; regent itself checks the rest. */
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

/** A director's configuration file in a profile. */
export const configurationOf = (name: DirectorName, profile: Profile): string =>
  fileURLToPath(new URL(profile === 'seed' ? `config/seed/${name}.yaml` : `config/${name}.yaml`, projectFolder));

/** The program that users call `regent`. */
export const regentProgram = fileURLToPath(new URL('dist/cli/regent.js', projectFolder));

/** Reads a director's configuration as plain data. @throws on invalid YAML; the content is not checked here. */
export const readDocument = async (path: string): Promise<Document> => load(await readFile(path, 'utf8')) as Document;

/**
 * Writes a copy of a configuration that differs only in JSON logs, which the lab renders itself, and the peers' key file, which
 * the lab has written.
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
 * The router that carries an address, with its master down interval: missed advertisements x interval + skew (RFC 9568 6.1; the
 * skew of version 2 is in seconds, RFC 3768 6.1).
 * @throws if no router carries it.
 */
export const routerOf = (document: Document, address: string): Router => {
  const found = document.vrrp.routers.find(({ addresses }) => addresses.some((cidr) => cidr.split('/')[0] === address));
  if (found === undefined) throw new Error(`No router of the configuration carries ${address}`);
  const { virtual_router_id: routerId, priority, version = 3, down_after: downAfter = 3 } = found;
  const interval = durationOf(found.advertisement_interval, 1000);
  const skew = ((256 - priority) / 256) * (version === 2 ? 1000 : interval);
  return { routerId, priority, interval, downAfter, masterDown: milliseconds(downAfter * interval + skew) };
};

/** How long regent may take to detect a real server's death, and its recovery. */
export type Detection = { readonly death: Milliseconds; readonly recovery: Milliseconds };

/**
 * Limits of the health checks: fall (or rise) x interval + timeout.
 * @throws if the configuration has no virtual service.
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
