// The body of an answer: read as far as it takes to judge it.

import type { IncomingMessage } from 'node:http';

export type BodyRule = { readonly contains: string } | { readonly matches: RegExp };

/** What follows is not looked at. */
const limit = 1024 * 1024;

const describe = (rule: BodyRule): string =>
  'contains' in rule ? `the body does not contain "${rule.contains}"` : `the body does not match ${rule.matches}`;

const passes = (rule: BodyRule | undefined, body: string): boolean => {
  if (rule === undefined) return true;
  return 'contains' in rule ? body.includes(rule.contains) : rule.matches.test(body);
};

/**
 * Reads a body and judges it when it is whole, or 1 MiB of it is read.
 * @param done is told what is wrong, if anything, and whether the connection is at the end of the answer.
 */
export const awaitBody = (
  response: IncomingMessage,
  rule: BodyRule | undefined,
  done: (error: string | undefined, isWhole: boolean) => void,
): void => {
  const chunks: Buffer[] = [];
  let length = 0;
  let isDone = false;

  const finish = (isWhole: boolean): void => {
    if (isDone) return;
    isDone = true;
    const body = rule === undefined ? '' : Buffer.concat(chunks).toString('utf8');
    const where = isWhole ? '' : ' within its first MiB';
    done(rule === undefined || passes(rule, body) ? undefined : `${describe(rule)}${where}`, isWhole);
  };

  response.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (rule !== undefined) chunks.push(chunk);
    if (length >= limit) finish(false);
  });
  response.on('end', () => finish(true));
};
