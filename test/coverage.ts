// Prints what `c8 mocha` has measured, a line a room.

import { readFileSync } from 'node:fs';
import { coverageTable } from './runner/coverage.ts';

const summary = JSON.parse(readFileSync('.cache/coverage/coverage-summary.json', 'utf8'));
process.stdout.write(
  `run by unit tests:\n${coverageTable(summary, process.cwd())
    .map((line) => `  ${line}\n`)
    .join('')}`,
);
