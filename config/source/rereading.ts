// Reads a changed file by what has changed: where only real servers of some services have, the other services are not read
// again. All else, and all that is not valid, is left to a whole reading.

import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { parseEvents } from 'js-yaml';
import { isSameData } from '../../base/same-data.ts';
import { milliseconds } from '../../base/units.ts';
import { within } from '../../base/within.ts';
import type { DirectorConfig } from '../model/model.ts';
import { mostCharacters as mostOfFile } from './aliases.ts';
import { readServices } from './changed-servers.ts';
import { serviceTextsOf } from './document.ts';
import { type ChangedItems, changedItems, itemLines } from './item-lines.ts';
import { valuesIn } from './position.ts';
import { loadConfig, type ReadingOptions } from './reading.ts';
import type { ConfigResult } from './result.ts';
import { mayNameSecrets } from './secrets.ts';

/** More is left to the thread, since this is read in one turn of the loop: some twenty services of ten servers. */
const mostCharacters = 16 * 2 ** 10;

const withoutServers = (text: string | undefined): unknown => ({ ...JSON.parse(text ?? '{}'), real_servers: [] });

/** The services written in a text; undefined where it is no block sequence of them. */
const servicesIn = (
  { text }: ChangedItems,
  column: number,
): { values: readonly unknown[]; starts: readonly number[] } | undefined => {
  if (text.length > mostCharacters || mayNameSecrets(text)) return undefined;
  try {
    const events = parseEvents(text, {});
    const lines = itemLines(text, events);
    // A line before the first dash may belong to the service before.
    if (lines?.column !== column || lines.starts[0] !== 0) return undefined;
    const [values] = valuesIn(text, events);
    return Array.isArray(values) ? { values, starts: lines.starts } : undefined;
  } catch {
    // The whole reading names the fault and its place.
    return undefined;
  }
};

/**
 * The configuration of a changed text. Pure.
 * @param config has its text
 * @returns undefined where the text must be read as a whole
 */
export const rereadText = (config: DirectorConfig, text: string): DirectorConfig | undefined => {
  const { written, serviceTexts = [], virtualServices, connectionSync } = config;
  if (written === undefined) return undefined;
  if (text === written.text) return config;
  const { lines } = written;
  const changed = changedItems(written.text, lines, text);
  const found = changed && servicesIn(changed, lines.column);
  if (changed === undefined || found?.values.length !== changed.count) return undefined;
  const texts = serviceTextsOf({ virtual_services: found.values });
  // Other keys have rules that span services: names, addresses, and who tracks them.
  const isOfServers = texts.every((each, index) =>
    isSameData(withoutServers(each), withoutServers(serviceTexts[changed.first + index])),
  );
  if (!isOfServers) return undefined;
  // Values made of these texts do not hold the whole file in memory, as parts of its text do.
  const result = readServices(
    texts.map((each): unknown => JSON.parse(each)),
    connectionSync !== undefined,
  );
  if (!result.ok) return undefined;
  const { first, count, start, moved } = changed;
  return {
    ...config,
    virtualServices: virtualServices.toSpliced(first, count, ...result.config.virtualServices),
    serviceTexts: serviceTexts.toSpliced(first, count, ...texts),
    written: {
      text,
      lines: {
        ...lines,
        starts: [
          ...lines.starts.slice(0, first),
          ...found.starts.map((each) => start + each),
          ...lines.starts.slice(first + count).map((each) => each + moved),
        ],
        end: lines.end + moved,
      },
    },
  };
};

/** A file that is not read within this time, in milliseconds, as of a server that hangs, is left to the thread, which is ended. */
const patience = milliseconds(5000);

/** The text of a file; undefined where the thread had better say why not. */
const textOf = async (file: string): Promise<string | undefined> => {
  // Without O_NONBLOCK, opening a FIFO waits for a writer.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const stats = await handle.stat();
    return stats.isFile() && stats.size <= mostOfFile ? await handle.readFile('utf8') : undefined;
  } finally {
    await handle.close();
  }
};

/**
 * Reads a configuration file again.
 * @param known what the file was read as, the last time; undefined at first
 * @returns a configuration that can be reread in turn. Never rejects.
 */
export const rereadConfig = async (
  file: string,
  known: DirectorConfig | undefined,
  options: ReadingOptions = {},
): Promise<ConfigResult> => {
  const text = known?.written === undefined ? undefined : await within(patience, textOf(file)).catch(() => undefined);
  const config = known === undefined || text === undefined ? undefined : rereadText(known, text);
  return config === undefined ? await loadConfig(file, { ...options, keepsText: true }) : { ok: true, config };
};

/** Reads a configuration file again and again, each time by what has changed. */
export const readerOf =
  (file: string, options: ReadingOptions = {}) =>
  (known?: DirectorConfig): Promise<ConfigResult> =>
    rereadConfig(file, known, options);
