// `regent import`: prints the YAML, and on stderr what it could not carry.

import { hostname } from 'node:os';
import { hostFiles } from '../config/source/files.ts';
import { importKeepalived } from '../import/import.ts';
import { formatFindings } from '../import/statement.ts';

const count = (number: number, what: string): string => `${number} ${what}`;

/**
 * Imports a keepalived.conf.
 * @param configId what `@word` lines are compared with, as by keepalived's -i.
 * @throws Error when it cannot be read.
 */
export const importFile = (file: string, { configId }: { readonly configId?: string }): void => {
  const [host = 'director'] = hostname().split('.');
  const { yaml, findings } = importKeepalived(file, hostFiles, {
    configId: configId ?? host,
    environment: process.env,
  });
  process.stdout.write(yaml);
  const kinds = (kind: string): number => findings.filter((finding) => finding.kind === kind).length;
  const total = [
    count(kinds('lost'), 'not carried'),
    count(kinds('changed'), 'changed'),
    count(kinds('mistaken'), 'mistaken'),
    count(kinds('needless'), 'not needed'),
  ].join(', ');
  process.stderr.write(`${[...formatFindings(findings), `${file}: ${total}`].join('\n')}\n`);
};
