// Each command of a page is one that the command line understands.

import assert from 'node:assert/strict';
import { type Command, CommanderError } from 'commander';
import { program } from '../../../cli/command-line.ts';
import { blocksOf, pageNames, proseOf, stepsOf } from './markdown.ts';

/** Understands a command line without running it. */
const silence = (command: Command): void => {
  command.configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  if (command.commands.length === 0) command.action(() => undefined);
  for (const one of command.commands) silence(one);
};

/** The words of a line as a shell would have them, up to a pipe, a redirection or a comment. */
const wordsOf = (line: string): string[] =>
  line
    .replace(/(\s#|\s?[|>&;]).*$/, '')
    .trim()
    .split(/\s+/)
    .map((word) => word.replaceAll(/["']/g, ''));

const whyNot = (line: string): string | undefined => {
  try {
    program.parse(wordsOf(line).slice(1), { from: 'user' });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.code === 'commander.helpDisplayed' ? undefined : error.message;
  }
};

// In passing a command may be named without all that it needs.
const isIncomplete = (line: string): boolean => /missing required argument|required option/.test(whyNot(line) ?? '');

describe('the commands of the pages', () => {
  before(() => silence(program));

  for (const page of pageNames) {
    const blocks = blocksOf(page).filter(({ kind }) => kind === '' || kind === 'console' || kind === 'sh');
    const lines = blocks.flatMap(({ text, line }) => [
      ...stepsOf(text).map(({ command }) => ({ line, command })),
      ...text.split('\n').flatMap((written) => {
        // A table of commands: `regent drain SERVER   what it does`.
        const [usage = ''] = written.split(/ {2,}/);
        return /^regent /.test(usage) ? [{ line, command: usage.replaceAll(/[[\]]/g, '') }] : [];
      }),
    ]);
    const inPassing = [...proseOf(page).matchAll(/`(regent [a-z][^`]*)`/g)].map(([, command = '']) => command);
    if (lines.length + inPassing.length === 0) continue;
    it(`are understood: ${page}`, () => {
      for (const { line, command } of lines.filter(({ command }) => command.startsWith('regent ')))
        assert.equal(whyNot(command), undefined, `${page}:${line}: ${command}`);
      for (const command of inPassing)
        assert.ok(whyNot(command) === undefined || isIncomplete(command), `${page}: ${command}: ${whyNot(command)}`);
    });
  }

  it('would not be understood with an option that there is none of', () => {
    assert.match(whyNot('regent status --jsn') ?? '', /unknown option/);
    assert.match(whyNot('regent drane rs0') ?? '', /unknown command/);
  });
});
