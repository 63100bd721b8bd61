// From a file to a configuration, or to all its problems, each at its place.

import { messageOf } from '../../base/error.ts';
import { readRegularFile } from '../../base/regular-file.ts';
import { mostCharacters } from './aliases.ts';
import { readDocument } from './document.ts';
import { hostSurroundings } from './files.ts';
import type { Surroundings } from './include.ts';
import { type ConfigResult, refuseFile } from './result.ts';
import { readText } from './text.ts';

/**
 * Parses a configuration.
 * @param file name of the text in problems; includes are relative to it.
 * @param files reads included files; without it none are read.
 * @returns the configuration, or its problems in the order of their places (a syntax error hides those after it).
 */
export const parseConfig = (text: string, file: string, files?: Surroundings): ConfigResult =>
  readText(text, file, readDocument, files);

/** Reads a configuration file synchronously; to stay responsive use {@link loadConfig}. */
export const readConfig = (file: string): ConfigResult => {
  let content: Buffer;
  try {
    content = readRegularFile(file, mostCharacters);
  } catch (error) {
    return refuseFile(file, `cannot be read: ${messageOf(error)}`);
  }
  return parseConfig(content.toString('utf8'), file, hostSurroundings);
};
