// Mocha's own report, and one line more for each failure, by which the runner names it and finds its file.

import { relative } from 'node:path';
import Mocha from 'mocha';
import { type Failure, failureLine } from './runner/outcome.ts';

// biome-ignore lint/style/noDefaultExport: Mocha takes a reporter so.
export default class Reporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const failures: Failure[] = [];
    // A hook may have no file of its own.
    runner.on(Mocha.Runner.constants.EVENT_TEST_FAIL, (test) => {
      const from = test.file ?? test.parent?.file;
      if (from !== undefined) failures.push({ file: relative('.', from), title: test.fullTitle() });
    });
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      for (const failure of failures) Mocha.reporters.Base.consoleLog(failureLine(failure));
    });
  }
}
