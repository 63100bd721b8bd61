// Runs tasks that must not overlap.

/** Makes a runner: each task starts when the previous one has ended, even if that failed. */
export const serially = (): (<Result>(task: () => Promise<Result>) => Promise<Result>) => {
  let previous: Promise<unknown> = Promise.resolve();
  return (task) => {
    const turn = previous.then(task);
    previous = turn.catch(() => undefined);
    return turn;
  };
};
