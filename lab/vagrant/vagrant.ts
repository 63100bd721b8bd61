// Vagrant for the lab: inside the isolation, with its own folder for boxes and machines, its output in a log.

import { createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Isolation, type Settings, startInside } from './isolation.ts';
import { cacheFolder, copiedConfigFolder } from './places.ts';

/** Runs a command of Vagrant. @returns its standard output. @throws with the end of its output, if it fails. */
export type Vagrant = (...args: readonly string[]) => Promise<string>;

/** A command of Vagrant that failed; the message has the end of the log. */
export class VagrantFailure extends Error {
  /** All that the command said. */
  readonly said: string;
  constructor(message: string, said: string) {
    super(message);
    this.said = said;
  }
}

/** Prefix of the machines' names, so that others are never taken for the lab's. */
export const domainOf = (host: string): string => `regent-lab_${host}`;

/** The user's settings for other machines and another libvirt do not apply. */
const foreign = /^(VAGRANT_|LIBVIRT_|LAB_)/;

/** The environment for Vagrant inside an isolation. */
export const environmentOf = ({ folder }: Isolation, { profile, box, driver }: Settings): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(
    Object.keys(process.env).map((name) => [name, foreign.test(name) ? undefined : process.env[name]]),
  ),
  VAGRANT_HOME: join(cacheFolder, 'home'),
  VAGRANT_DOTFILE_PATH: join(folder, 'machines'),
  VAGRANT_DEFAULT_PROVIDER: 'libvirt',
  VAGRANT_NO_COLOR: '1',
  // Both would contact servers on the internet.
  VAGRANT_CHECKPOINT_DISABLE: '1',
  VAGRANT_BOX_UPDATE_CHECK_DISABLE: '1',
  LAB_PROFILE: profile,
  LAB_CONFIG: copiedConfigFolder(folder),
  LAB_BOX: box,
  LAB_DRIVER: driver,
});

const tailLines = 40;

/** @param onProgress is called when a machine has made progress. */
export const vagrantInside = (
  isolation: Isolation,
  env: NodeJS.ProcessEnv,
  onProgress: (line: string) => void,
): Vagrant => {
  const logFile = join(isolation.folder, 'vagrant.log');
  return async (...args) => {
    const child = startInside(isolation, ['vagrant', '--no-tty', ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
    const log = createWriteStream(logFile, { flags: 'a' });
    log.write(`$ vagrant ${args.join(' ')}\n`);
    let output = '';
    let said = '';
    const readings = [child.stdout, child.stderr].map(async (stream) => {
      if (stream === null) return;
      for await (const line of createInterface({ input: stream })) {
        log.write(`${new Date().toISOString()} ${line}\n`);
        said += `${line}\n`;
        if (stream === child.stdout) output += `${line}\n`;
        if (/: (Machine booted and ready|Running provisioner|Attempting graceful shutdown)/.test(line))
          onProgress(line);
      }
    });
    const code = await new Promise<number | string>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (exitCode, signal) => resolve(exitCode ?? signal ?? 'nothing'));
    });
    await Promise.all(readings);
    await new Promise((resolve) => log.end(resolve));
    if (code === 0) return output;
    const tail = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-tailLines).join('\n');
    throw new VagrantFailure(`vagrant ${args.join(' ')} ended with ${code}:\n${tail}`, said);
  };
};
