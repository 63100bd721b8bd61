// The files of the page, as `npm run build` has bundled them.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { compiledFolder } from '../../base/installed-programs.ts';

export type PageFile = { readonly type: string; readonly body: Buffer };
/** By the path of their address. */
export type PageFiles = ReadonlyMap<string, PageFile>;

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};

/** @throws with a readable message where the page was not bundled. */
export const readPageFiles = (folder = join(compiledFolder, 'bundle/page')): PageFiles => {
  if (!existsSync(join(folder, 'index.html'))) throw new Error(`The page is not in ${folder}: npm run build makes it`);
  return new Map(
    readdirSync(folder).flatMap((name): [string, PageFile][] => {
      const type = types[extname(name)];
      if (type === undefined) return [];
      return [[name === 'index.html' ? '/' : `/${name}`, { type, body: readFileSync(join(folder, name)) }]];
    }),
  );
};
