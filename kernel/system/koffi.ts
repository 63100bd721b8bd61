// The package koffi, which makes the system calls that Node does not have. Its native part is a package of its own for each
// processor, without which regent does nothing in the kernel.

import { createRequire } from 'node:module';
import type Koffi from 'koffi';
import { messageOf } from '../../base/error.ts';

/** @throws Error with a readable message, where an import would end with koffi's own. */
const load = (): typeof Koffi => {
  try {
    return createRequire(import.meta.url)('koffi') as typeof Koffi;
  } catch (error) {
    const [why = ''] = messageOf(error).split('\n');
    throw new Error(
      `Cannot load the package koffi for ${process.platform} ${process.arch}, by which regent makes its system calls: ${why}; install regent again, with optional dependencies and from a package for this processor`,
    );
  }
};

export const koffi = load();
