// A caller's signals are for the command in the machine; a second one, or a command that does not end, ends the wait for it.

// What a command gets between a signal and the end of the wait.
const graceMilliseconds = 3000;

const signalNumbers = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;
type ForwardedSignal = keyof typeof signalNumbers;

/**
 * @param send passes the name of a signal, without SIG, on to the command
 * @param giveUp ends the wait for the command
 */
export const forwardSignals = (
  send: (name: string) => void,
  giveUp: () => void,
): {
  /** The exit code of a call that a signal ended, once there was one. */
  readonly exitCode: () => number | undefined;
  readonly stop: () => void;
} => {
  let received: ForwardedSignal | undefined;
  let timer: NodeJS.Timeout | undefined;
  const forward = (name: ForwardedSignal): void => {
    if (received !== undefined) giveUp();
    received = name;
    send(name.slice(3));
    timer ??= setTimeout(giveUp, graceMilliseconds);
  };
  const names = Object.keys(signalNumbers) as ForwardedSignal[];
  for (const name of names) process.on(name, forward);
  return {
    exitCode: () => (received === undefined ? undefined : 128 + signalNumbers[received]),
    stop: () => {
      clearTimeout(timer);
      for (const name of names) process.off(name, forward);
    },
  };
};
