// Tasks that must not overlap.

/** Makes a runner: each task begins when the one before has ended, however that went. */
export const serially = (): (<Result>(task: () => Promise<Result>) => Promise<Result>) => {
  let previous: Promise<unknown> = Promise.resolve();
  return (task) => {
    const turn = previous.then(task);
    previous = turn.catch(() => undefined);
    return turn;
  };
};
