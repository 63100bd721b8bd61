// What a release changes in texts. Pure.

const numbers = (version: string): readonly number[] => version.split('.').map(Number);

/** Whether a version comes after another; both are three numbers. */
export const isLater = (version: string, other: string): boolean => {
  const [mine, theirs] = [numbers(version), numbers(other)];
  const index = mine.findIndex((number, at) => number !== theirs[at]);
  return index !== -1 && (mine[index] ?? 0) > (theirs[index] ?? 0);
};

const unreleased = '## Unreleased\n';

/** The changelog with what was unreleased under a version; undefined where that is nothing. */
export const changelogOf = (text: string, version: string, date: Date): string | undefined => {
  const at = text.indexOf(unreleased);
  if (at === -1) return undefined;
  const rest = text.slice(at + unreleased.length);
  const [news = ''] = rest.split(/^## /m);
  if (news.trim() === '') return undefined;
  return `${text.slice(0, at)}${unreleased}\n## ${version} (${date.toISOString().slice(0, 10)})\n${rest}`;
};

/** The reserved name (RFC 2606) that stands for the host of the project until it is chosen, with the mail address or URL around it. */
const placeholder = /[\w.+@:/-]*\bregent\.example\b(?:\/[\w./-]*)?/g;

/** What still stands for an address in these files, by their names, as text. */
export const placeholdersIn = (texts: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(texts).flatMap(([name, text]) =>
    [...new Set(text.match(placeholder) ?? [])].map((found) => `${name}: ${found}`),
  );

/** A page whose file names of packages have another version. */
export const withVersion = (text: string, before: string, version: string): string =>
  text.replaceAll(new RegExp(`\\b(regent(?:-ha)?[_-])${before.replaceAll('.', '\\.')}(?=[._])`, 'g'), `$1${version}`);
