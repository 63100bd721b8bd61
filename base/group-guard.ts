// A guard outlives its process, even if that is killed, and then kills the process's programs: hanging ones would stay otherwise.

import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';

/** The variable by which the guard finds a program whose process ended before it named the program's group. */
const markName = 'REGENT_GUARD';

/**
 * Reads which program is about to start, and which groups begin and end. A closed pipe means that the process has ended: kills
 * the remaining groups, and a program whose group was not named yet, by its mark: three times, since it may be starting still.
 */
const script = `
trap '' HUP INT QUIT USR1 USR2 ALRM TSTP TTIN TTOU
groups=' ' unnamed=
while read -r sign group; do
  case $sign in
    '?') unnamed=$group ;;
    +) groups="$groups$group " unnamed= ;;
    -) groups="\${groups%% $group *} \${groups#* $group }" ;;
  esac
done
for group in $groups; do kill -s KILL -- -"$group"; done
for turn in \${unnamed:+1 2 3}; do
  for file in $(grep -lsxz "$unnamed" /proc/[0-9]*/environ); do
    pid=\${file#/proc/}
    kill -s KILL "\${pid%/environ}"
  done
  sleep 0.5
done
`;

export type GroupGuard = {
  /**
   * Starts a program whose process group is killed if this process ends before the program.
   * @param begin is given a variable for the program's environment.
   */
  readonly watch: <Program extends Pick<ChildProcess, 'pid' | 'once'>>(
    begin: (mark: Readonly<Record<string, string>>) => Program,
  ) => Program;
};

/** One shell for all programs: started with the first one, and again with the next one if it was ended. */
export const createGroupGuard = (): GroupGuard => {
  const running = new Set<number>();
  const own = randomUUID();
  let programs = 0;
  let shell: ReturnType<typeof start> | undefined;

  const start = () => {
    const child = spawn('/bin/sh', ['-c', script, 'regent-group-guard'], {
      cwd: '/',
      // Its own session: signals to this process's terminal or group do not end the guard.
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
    watch: (begin) => {
      // First the guard: its start takes some milliseconds, in which this process may be killed.
      shell ??= start();
      programs += 1;
      const mark = `${own}-${programs}`;
      shell.stdin.write(`? ${markName}=${mark}\n`);
      const program = begin({ [markName]: mark });
      const { pid } = program;
      if (pid === undefined) return program;
      running.add(pid);
      shell.stdin.write(`+ ${pid}\n`);
      program.once('exit', () => {
        running.delete(pid);
        shell?.stdin.write(`- ${pid}\n`);
      });
      return program;
    },
  };
};
