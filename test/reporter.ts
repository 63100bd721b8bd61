// Mocha's own report of the suites, and one line more for the runner: in which files something failed.

import { relative } from 'node:path';
import Mocha from 'mocha';

/** What the line of the failed files begins with. */
export const failedFilesMark = 'failed in:';

// biome-ignore lint/style/noDefaultExport: Mocha takes a reporter so.
export default class Reporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const files = new Set<string>();
    // A test may have no file of its own where a hook failed before it.
    runner.on(Mocha.Runner.constants.EVENT_TEST_FAIL, ({ file, parent }) => {
      const from = file ?? parent?.file;
      if (from !== undefined) files.add(relative('.', from));
    });
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      if (files.size > 0) Mocha.reporters.Base.consoleLog(`${failedFilesMark} ${[...files].sort().join(' ')}`);
    });
  }
}
