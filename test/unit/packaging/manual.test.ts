// The manual pages hold every command, option and key, and nothing that roff would take for a request.

import assert from 'node:assert/strict';
import { program } from '../../../cli/command-line.ts';
import { describeSections } from '../../../config/pages/reference.ts';
import { writeCommandManual, writeConfigurationManual } from '../../../packaging/manual.ts';
import { text } from '../../../packaging/roff.ts';

const requests = /^\.(TH|SH|SS|PP|TP|RS|RE|nf|fi|br)\b/;

describe('manual pages', () => {
  const pages = { 'regent(8)': writeCommandManual('1.2.3'), 'regent.yaml(5)': writeConfigurationManual('1.2.3') };

  for (const [name, page] of Object.entries(pages))
    it(`${name} makes roff do what is meant`, () => {
      assert.match(page, /^\.TH "REGENT(\.YAML)?" "[58]" "" "regent 1\.2\.3" "regent"\n/);
      for (const line of page.split('\n')) {
        if (/^[.']/.test(line)) assert.match(line, requests);
        assert.doesNotMatch(line, /(^|[^\\])-/, line);
      }
    });

  for (const command of program.commands)
    it(`regent(8) tells of ${command.name()} and its options`, () => {
      const page = pages['regent(8)'];
      assert.ok(page.includes(`\\fB${command.name()}`));
      for (const { long } of command.options) assert.ok(page.includes(text(long ?? '')), long);
    });

  it('regent.yaml(5) tells of every key', () => {
    const keys = describeSections().flatMap((section) => section.keys.map(({ key }) => key));
    assert.ok(keys.length > 200, String(keys.length));
    for (const key of keys) assert.ok(pages['regent.yaml(5)'].includes(`\\fB${key}\\fR`), key);
  });

  it('hides from roff what it would act on', () =>
    assert.equal(
      text(".br\n'quoted \\ and `regent check` --json"),
      "\\&.br\n\\&'quoted \\e and \\fBregent check\\fR \\-\\-json",
    ));
});
