// A part of the director that one section of the configuration describes: opened anew when that section changes, or could not be opened before.

import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../base/error.ts';
import type { DirectorConfig } from '../config/model/model.ts';

export type Section<Part> = {
  /** Undefined where the configuration has none, or it could not be opened. */
  readonly part: () => Part | undefined;
  /** Why it could not be opened, in words. */
  readonly fault: () => string | undefined;
  readonly configure: (config: DirectorConfig) => void;
  readonly close: () => void;
};

export type SectionOptions<Key extends keyof DirectorConfig, Part> = {
  readonly key: Key;
  /** May throw: the director goes on without this part. */
  readonly open: (section: NonNullable<DirectorConfig[Key]>) => Part;
  readonly onFault?: (why: string) => void;
};

export const openSection = <Key extends keyof DirectorConfig, Part extends { readonly close: () => unknown }>(
  config: DirectorConfig,
  { key, open, onFault }: SectionOptions<Key, Part>,
): Section<Part> => {
  let section = config[key];
  let part: Part | undefined;
  let fault: string | undefined;

  const begin = (): void => {
    fault = undefined;
    try {
      part = section === undefined ? undefined : open(section);
    } catch (error) {
      fault = messageOf(error);
      onFault?.(fault);
    }
  };
  const close = (): void => {
    part?.close();
    part = undefined;
  };

  begin();
  return {
    part: () => part,
    fault: () => fault,
    configure: (next) => {
      if (fault === undefined && isDeepStrictEqual(next[key], section)) return;
      close();
      section = next[key];
      begin();
    },
    close,
  };
};
