// The roff macros that manual pages need (man(7)).

/** Text with roff's special characters escaped; `code` between backquotes is bold. */
export const text = (words: string): string =>
  words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/`([^`]*)`/g, '\\fB$1\\fR')
    .replaceAll(/^([.'])/gm, '\\&$1');

export const bold = (words: string): string => `\\fB${text(words)}\\fR`;

/** A placeholder in a command. */
export const italic = (words: string): string => `\\fI${text(words)}\\fR`;

export const title = (name: string, section: number, version: string): string =>
  `.TH "${name.toUpperCase()}" "${section}" "" "regent ${version}" "regent"\n`;

export const heading = (name: string): string => `.SH "${name.toUpperCase().replaceAll('-', '\\-')}"\n`;

export const subheading = (name: string): string => `.SS "${text(name)}"\n`;

export const paragraph = (...lines: readonly string[]): string => `.PP\n${lines.join('\n')}\n`;

/** A term, with its meaning below. Both are already roff. */
export const entry = (term: string, ...lines: readonly string[]): string => `.TP\n${term}\n${lines.join('\n')}\n`;

/** Lines printed verbatim. */
export const example = (lines: string): string => `.PP\n.nf\n.RS 4\n${text(lines)}\n.RE\n.fi\n`;
