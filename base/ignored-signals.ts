// Signals that end or stop a program by default, and that a process of regent outlives. Imported for its effect, before all else.

/**
 * HUP reaches all processes by `pkill -HUP` or `systemctl kill`; only the controller reloads. INT, QUIT and TSTP come from a terminal
 * to the whole group; the controller decides. The others come from timers and terminals that regent does not use.
 * What a defect raises (SEGV, ABRT, BUS, FPE, ILL, TRAP, SYS) still ends the process.
 */
export const ignoredSignals = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGPIPE',
  'SIGALRM',
  'SIGSTKFLT',
  'SIGTSTP',
  'SIGTTIN',
  'SIGTTOU',
  'SIGXCPU',
  'SIGVTALRM',
  'SIGPROF',
  'SIGIO',
  'SIGPWR',
] as const;

for (const signal of ignoredSignals) process.on(signal, () => undefined);
