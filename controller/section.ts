// A part of the director described by one section of the configuration: opened again when that changes, or after a failure.

import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../base/error.ts';
import type { DirectorConfig } from '../config/model/model.ts';

export type Section<Part> = {
  /** Undefined where the section is absent, or could not be opened. */
  readonly part: () => Part | undefined;
  /** Why it could not be opened. */
  readonly fault: () => string | undefined;
  readonly configure: (config: DirectorConfig) => void;
  readonly close: () => void;
};

export type SectionOptions<Key extends keyof DirectorConfig, Part> = {
  readonly key: Key;
  /** May throw: the director runs without this part. */
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
