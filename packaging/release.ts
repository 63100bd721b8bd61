// `npm run release -- VERSION`: a release of what is committed. The version goes to package.json, the changelog and the commands of
// docs/; the packages are made and summed; and last the tag is set, so that a release that failed leaves none.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runTool } from './command.ts';
import { readManifest } from './contents.ts';
import { changelogOf, isLater, placeholdersIn, withVersion } from './release-texts.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const packages = join(project, 'packages');
const git = (...words: readonly string[]): string => runTool(['git', ...words], { in: project }).trim();
const edit = (file: string, change: (text: string) => string): void =>
  writeFileSync(join(project, file), change(readFileSync(join(project, file), 'utf8')));

const sums = (): string =>
  readdirSync(packages)
    .filter((file) => /\.(tgz|deb)$/.test(file))
    .sort()
    .map(
      (file) =>
        `${createHash('sha256')
          .update(readFileSync(join(packages, file)))
          .digest('hex')}  ${file}\n`,
    )
    .join('');

const [version = ''] = process.argv.slice(2);
const { version: before } = readManifest(project);
const refuse = (why: string): never => {
  process.stderr.write(`release: ${why}\n`);
  process.exit(2);
};
if (!/^\d+\.\d+\.\d+$/.test(version)) refuse('usage: npm run release -- VERSION, such as 1.2.3');
if (!isLater(version, before)) refuse(`${version} is not later than ${before}`);
if (git('status', '--porcelain') !== '') refuse('there are changes that are not committed');
if (git('tag', '--list', `v${version}`) !== '') refuse(`there is a tag v${version} already`);

// The one place for repository, homepage and mail is package.json; SECURITY.md and the packages have the mail from there.
const named = ['package.json', 'SECURITY.md'].map((name) => [name, readFileSync(join(project, name), 'utf8')] as const);
const placeholders = placeholdersIn(Object.fromEntries(named));
if (placeholders.length > 0)
  refuse(
    `these addresses stand for those of the project, which are not chosen yet: set them first\n  ${placeholders.join('\n  ')}`,
  );
const changelog = changelogOf(readFileSync(join(project, 'CHANGELOG.md'), 'utf8'), version, new Date());
if (changelog === undefined) refuse('CHANGELOG.md has nothing under "## Unreleased"');
else edit('CHANGELOG.md', () => changelog);
runTool(['npm', 'version', '--no-git-tag-version', version], { in: project });
for (const file of git('ls-files', 'docs', 'README.md')
  .split('\n')
  .filter((name) => name.endsWith('.md')))
  edit(file, (text) => withVersion(text, before, version));
runTool(['npm', 'run', '--silent', 'docs'], { in: project });
runTool(['npm', 'run', '--silent', 'format'], { in: project });
git('commit', '--all', '--message', `Release ${version}`);

rmSync(packages, { recursive: true, force: true });
runTool(['npm', 'run', '--silent', 'pack', '--', 'tarball', 'deb'], { in: project });
writeFileSync(join(packages, 'SHA256SUMS'), sums());
git('tag', '--annotate', `v${version}`, '--message', `regent ${version}`);
process.stdout.write(`${sums()}
regent ${version} is committed, packed and tagged. To publish it:
  git push origin HEAD v${version}
  npm publish
and lay the files of packages/, SHA256SUMS included, beside the tag.
`);
