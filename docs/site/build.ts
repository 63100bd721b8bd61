// `npm run site`: makes the pages of docs/ a site with search, in dist/site. VitePress is a tool of its own, installed into .cache.

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { globSync } from 'tinyglobby';

const project = resolve(import.meta.dirname, '../../..');
const tool = join(project, 'docs/site');
const work = join(project, '.cache/site');
const pages = join(work, 'pages');
const out = join(project, 'dist/site');

const read = (file: string): string => readFileSync(file, 'utf8');

/** A link to a file that is no page: it lies beside the pages, where a click shows it. */
const link = /\]\((?!https?:)([^)#\s]+\.(?:ya?ml|json|config))\)/g;

const install = (): void => {
  const [lock, installed] = ['package-lock.json', 'node_modules/.installed-lock'].map((name) => join(work, name));
  mkdirSync(work, { recursive: true });
  for (const name of ['package.json', 'package-lock.json', '.npmrc']) cpSync(join(tool, name), join(work, name));
  if (installed !== undefined && existsSync(installed) && read(installed) === read(lock ?? '')) return;
  // Its programs come as packages of their own: no script of a package runs.
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: work, stdio: ['ignore', 2, 2] });
  cpSync(lock ?? '', installed ?? '');
};

/** Copies a page; the files that it links to come with it, as files that a browser shows. */
const copyPage = (name: string): void => {
  const from = join(project, 'docs', name);
  const to = join(pages, basename(name) === 'README.md' ? join(dirname(name), 'index.md') : name);
  const text = read(from).replaceAll(link, (_, target: string) => {
    const shown = `${target.replaceAll('../', '').replaceAll('/', '-')}.txt`;
    mkdirSync(join(pages, 'public/files'), { recursive: true });
    cpSync(join(dirname(from), target), join(pages, 'public/files', shown));
    return `](/files/${shown}){target="_self"}`;
  });
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, text.replaceAll(/README\.md(?=[)#])/g, 'index.md'));
};

install();
rmSync(pages, { recursive: true, force: true });
rmSync(join(work, '.vitepress'), { recursive: true, force: true });
for (const name of globSync('**/*.md', { cwd: join(project, 'docs'), ignore: 'site/**' })) copyPage(name);
cpSync(join(project, 'docs/pictures'), join(pages, 'pictures'), { recursive: true });
mkdirSync(join(work, '.vitepress/theme'), { recursive: true });
cpSync(join(tool, 'site.js'), join(work, '.vitepress/config.js'));
cpSync(join(tool, 'theme.js'), join(work, '.vitepress/theme/index.js'));
cpSync(join(tool, 'theme.css'), join(work, '.vitepress/theme/theme.css'));
execFileSync(process.execPath, ['node_modules/vitepress/bin/vitepress.js', 'build', '.', '--outDir', out], {
  cwd: work,
  stdio: ['ignore', 2, 2],
  env: { ...process.env, CI: 'true' },
});
process.stdout.write(`${out}/index.html\n`);
