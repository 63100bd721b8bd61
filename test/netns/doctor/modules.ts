// A kernel whose modules are files of a stage, with stand-ins for the programs that load, install and boot.

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stage } from './stage.ts';

export type Kernel = {
  /** Runs a program on it. */
  readonly prefix: readonly string[];
  /** Runs a command of a shell on it, in the director. */
  readonly run: (command: string) => void;
};

const lines = (names: readonly string[], ending = ''): string => names.map((name) => `${name}${ending}\n`).join('');

/** @param known modules that can be loaded. @param loaded modules that are. */
export const kernelWith = (
  { folder, director }: Stage,
  known: readonly string[],
  loaded: readonly string[] = [],
): Kernel => {
  for (const name of ['bin', 'net']) mkdirSync(join(folder, name));
  const programs = {
    modprobe: `dry=
for word; do
  case $word in
    --dry-run) dry=1 ;;
    -*) ;;
    *)
      grep -qx "$word" ${folder}/known || exit 1
      [ -z "$dry" ] || continue
      echo "$word 0 0 - Live 0x0" >>${folder}/modules
      [ "$word" != ip_vs ] || touch ${folder}/net/ip_vs
      ;;
  esac
done`,
    'apt-get': `case "$1 $2" in "install linux-image-"*) ;; *) exit 1 ;; esac
printf 'ip_vs\\nip_vs_wrr\\n' >${folder}/installed`,
    reboot: `mv ${folder}/installed ${folder}/known`,
  };
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(folder, 'bin', name), 0o755);
  }
  writeFileSync(join(folder, 'known'), lines(known));
  writeFileSync(join(folder, 'modules'), lines(loaded, ' 0 0 - Live 0x0'));
  if (loaded.includes('ip_vs')) writeFileSync(join(folder, 'net', 'ip_vs'), '');
  // A kernel without modules has no /proc/modules that could be covered.
  const script = `mount --bind ${folder}/net /proc/$$/net
[ ! -e /proc/modules ] || mount --bind ${folder}/modules /proc/modules
PATH=${folder}/bin:$PATH exec "$@"`;
  return {
    prefix: ['unshare', '--mount', 'sh', '-ec', script, 'sh'],
    run: (command) => void director.run('sh', '-c', `PATH=${folder}/bin:$PATH; ${command}`),
  };
};
