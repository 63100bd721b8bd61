// From a file to a configuration, or to all its problems, each at its place.

import { messageOf } from '../../base/error.ts';
import { readRegularFile } from '../../base/regular-file.ts';
import { mostCharacters } from './aliases.ts';
import { readDocument } from './document.ts';
import { hostSurroundings } from './files.ts';
import { joinFiles, noFiles, type Surroundings } from './include.ts';
import type { ItemLines } from './item-lines.ts';
import { type ConfigResult, refuseFile } from './result.ts';
import { resultOf } from './text.ts';

type Read = { readonly result: ConfigResult; readonly serviceLines: ItemLines | undefined };

const read = (text: string, file: string, files: Surroundings): Read => {
  const joined = joinFiles(text, file, files);
  const judged = joined.document && readDocument(joined.document.value);
  return { result: resultOf(joined, judged, file), serviceLines: joined.serviceLines };
};

/**
 * Parses a configuration.
 * @param file name of the text in problems; includes are relative to it.
 * @param files reads included files; without it none are read.
 * @returns the configuration, or its problems in the order of their places (a syntax error hides those after it).
 */
export const parseConfig = (text: string, file: string, files: Surroundings = noFiles): ConfigResult =>
  read(text, file, files).result;

/**
 * Reads a configuration file synchronously; to stay responsive use {@link loadConfig}.
 * @param keepsText whether the configuration has its text, by which {@link rereadConfig} sees what has changed
 */
export const readConfig = (file: string, keepsText = false): ConfigResult => {
  let content: Buffer;
  try {
    content = readRegularFile(file, mostCharacters);
  } catch (error) {
    return refuseFile(file, `cannot be read: ${messageOf(error)}`);
  }
  const text = content.toString('utf8');
  const { result, serviceLines: lines } = read(text, file, hostSurroundings);
  return result.ok && keepsText && lines !== undefined
    ? { ok: true, config: { ...result.config, written: { text, lines } } }
    : result;
};
