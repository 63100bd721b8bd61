// Passwords, header fields and the like that stand elsewhere: `${file:PATH}`, `${env:NAME}` and `${credential:NAME}` within them
// are replaced by the content of a file, an environment variable, or a credential of systemd. Pure.

import type { KeyPath } from '../schema/kind.ts';
import { isMapping } from './placed.ts';

/** The text of a file, or why it cannot be read. */
export type ReadFile = { readonly text: string } | { readonly why: string };

export type SecretKind = 'file' | 'env' | 'credential';

/** Reads a secret; a relative file is one beside the configuration. */
export type ReadSecret = (kind: SecretKind, name: string) => ReadFile;

export type MissingSecret = { readonly path: KeyPath; readonly message: string };

/** The keys whose text, or whose mapping's texts, may name secrets. */
export const secretKeys: ReadonlySet<string> = new Set([
  ...['password', 'basic_auth_users', 'webhook', 'headers', 'environment', 'payload', 'payload_hex'],
]);

const reference = /\$\{(file|env|credential):([^{}]+)\}/g;
/** Whether a text may name a secret: most name none, and their documents stay as they are. */
export const mayNameSecrets = (text: string): boolean => /\$\{(file|env|credential):/.test(text);

/** Longer content is no password, and would fill messages. */
const longest = 8192;

const titles = { file: 'the file', env: 'the environment variable', credential: 'the credential' } as const;

/** @returns the document with its secrets, and what could not be read, by path. */
export const withSecrets = (
  document: unknown,
  read: ReadSecret,
): { readonly value: unknown; readonly missing: readonly MissingSecret[] } => {
  const missing: MissingSecret[] = [];

  const fill = (text: string, path: KeyPath): string =>
    text.replaceAll(reference, (written, kind: SecretKind, name: string) => {
      const found = read(kind, name);
      const why = 'why' in found ? found.why : found.text.length > longest ? 'it is longer than 8 KiB' : undefined;
      if ('text' in found && why === undefined) return found.text.replace(/\r?\n$/, '');
      missing.push({ path, message: `${titles[kind]} ${JSON.stringify(name)} cannot be read: ${why}` });
      return written;
    });

  const walk = (value: unknown, path: KeyPath, isSecret: boolean): unknown => {
    if (typeof value === 'string') return isSecret ? fill(value, path) : value;
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, index], false));
    if (!isMapping(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, child]) => [key, walk(child, [...path, key], isSecret || secretKeys.has(key))]),
    );
  };
  return { value: walk(document, [], false), missing };
};
