// What suites need before they run, done once each, one after the other, while other suites run already: apt has one lock, and a
// package that is made must not change under a suite that reads it.

/** What is run by a shell, and what it came to: its exit code. */
export type Prepare = (step: string) => Promise<boolean>;

/** @returns for the steps of a suite, whether all of them went well; a step that several suites need is done once. */
export const prepareInTurns = (prepare: Prepare): ((steps: readonly string[]) => Promise<boolean>) => {
  const begun = new Map<string, Promise<boolean>>();
  let last: Promise<unknown> = Promise.resolve();
  const once = (step: string): Promise<boolean> => {
    const known = begun.get(step);
    if (known !== undefined) return known;
    const done = last.then(() => prepare(step));
    last = done;
    begun.set(step, done);
    return done;
  };
  return async (steps) => (await Promise.all(steps.map(once))).every((isWell) => isWell);
};
