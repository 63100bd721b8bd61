// Shell completion, written from the commands themselves.

import type { Command } from 'commander';
import { writeBash } from './completion-bash.ts';
import { writeFish } from './completion-fish.ts';
import { writeZsh } from './completion-zsh.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

const writers: Readonly<Record<Shell, (program: Command) => string>> = {
  bash: writeBash,
  zsh: writeZsh,
  fish: writeFish,
};

export const writeCompletion = (program: Command, shell: Shell): string => writers[shell](program);
