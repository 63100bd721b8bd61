// The report of the last drill: a file, or the newest of a folder.

import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Report } from '../model/view.ts';

export type ReportFile = Report & { readonly path: string };

const isReport = (name: string): boolean => /\.(html|json|txt)$/.test(name);

const describe = (path: string): ReportFile => ({ path, name: basename(path), at: statSync(path).mtimeMs });

/** @returns undefined where the folder has none yet. @throws Error of fs where there is neither file nor folder. */
export const lastReport = (path: string): ReportFile | undefined =>
  statSync(path).isDirectory()
    ? readdirSync(path)
        .filter(isReport)
        .map((name) => describe(join(path, name)))
        .toSorted((one, other) => other.at - one.at)[0]
    : describe(path);

/** A report has its scripts and styles in itself; it runs as a page of no origin, which cannot ask this one for anything. */
export const reportPolicy =
  "sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

export const typeOfReport = (path: string): string =>
  path.endsWith('.html') ? 'text/html; charset=utf-8' : 'text/plain; charset=utf-8';
