// Ignores signals that would end or stop a process of regent by default. Import it for its effect, before all else.

/**
 * `pkill -HUP` and `systemctl kill` send HUP to all processes; only the controller reloads. A terminal sends INT, QUIT and TSTP
 * to the whole group; the controller decides. The others come from timers and terminals that regent does not use.
 * Signals of a defect (SEGV, ABRT, BUS, FPE, ILL, TRAP, SYS) still end the process.
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
