// A guard outlives its process, also one that is killed, and then kills the programs that it was running: nothing else would end
// those that hang.

import { type ChildProcess, spawn } from 'node:child_process';

/** Reads which groups begin and end; once the pipe is closed, its process has ended: the groups that are left are killed. */
const script = `
trap '' HUP INT QUIT USR1 USR2 ALRM TSTP TTIN TTOU
groups=' '
while read -r sign group; do
  case $sign in
    +) groups="$groups$group " ;;
    -) groups="\${groups%% $group *} \${groups#* $group }" ;;
  esac
done
for group in $groups; do kill -s KILL -- -"$group"; done
`;

export type GroupGuard = {
  /** Kills the program's process group when this process ends before the program does. */
  readonly watch: (program: Pick<ChildProcess, 'pid' | 'once'>) => void;
};

/** One shell for all programs, which begins with the first of them and is begun anew with the next where it was ended. */
export const createGroupGuard = (): GroupGuard => {
  const running = new Set<number>();
  let shell: ReturnType<typeof start> | undefined;

  const start = () => {
    const child = spawn('/bin/sh', ['-c', script, 'regent-group-guard'], {
      cwd: '/',
      // A session of its own: what ends this process by its terminal or group does not end the guard.
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: {},
    });
    const forget = (): void => {
      if (shell === child) shell = undefined;
    };
    child.once('error', forget).once('exit', forget);
    child.stdin.on('error', () => undefined);
    child.unref();
    for (const group of running) child.stdin.write(`+ ${group}\n`);
    return child;
  };

  return {
    watch: (program) => {
      const { pid } = program;
      if (pid === undefined) return;
      shell ??= start();
      running.add(pid);
      shell.stdin.write(`+ ${pid}\n`);
      program.once('exit', () => {
        running.delete(pid);
        shell?.stdin.write(`- ${pid}\n`);
      });
    },
  };
};
