// The manual pages hold every command, option and key, and nothing that roff would take for a request.

import assert from 'node:assert/strict';
import { program } from '../../../cli/command-line.ts';
import { describeSections } from '../../../config/pages/reference.ts';
import { parseConfig } from '../../../config/source/load.ts';
import { writeCommandManual, writeConfigurationManual } from '../../../packaging/manual.ts';
import { configurationExamples } from '../../../packaging/manual-examples.ts';
import { example, text } from '../../../packaging/roff.ts';

const requests = /^\.(TH|SH|SS|PP|TP|RS|RE|nf|fi|br|nh|ad)\b/;

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

  it('regent(8) says what a value is, what it may be, and what it is without being given', () => {
    const page = pages['regent(8)'];
    assert.ok(page.includes('\\fB\\-\\-director\\fR \\fIname=address...\\fR'));
    assert.ok(page.includes('(default: /etc/regent/regent.yaml).'));
    assert.ok(page.includes('(regent, keepalived, both; default: regent).'));
  });

  it('keeps letters for shells, and writes others in ASCII', () => {
    assert.ok(example("echo '~^`'").includes('echo \\(aq\\(ti\\(ha\\(ga\\(aq'));
    assert.equal(text('a peer’s'), 'a peer\\[u2019]s');
  });

  for (const [index, [, file]] of configurationExamples.entries())
    it(`example ${index + 1} of regent.yaml(5) is a valid file`, () => {
      const parsed = parseConfig(file, 'regent.yaml');
      assert.ok(parsed.ok, JSON.stringify(parsed));
    });
});
