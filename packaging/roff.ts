// The roff macros that manual pages need (man(7)).

/** Text with roff's special characters escaped; `code` between backquotes is bold. */
export const text = (words: string): string =>
  words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/`([^`]*)`/g, '\\fB$1\\fR')
    .replaceAll(/^([.'])/gm, '\\&$1')
    // Letters that are not ASCII, which a formatter without UTF-8 would misread.
    .replaceAll(
      /[^\0-\x7f]/gu,
      (letter) => `\\[u${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
    );

export const bold = (words: string): string => `\\fB${text(words)}\\fR`;

/** A placeholder in a command. */
export const italic = (words: string): string => `\\fI${text(words)}\\fR`;

/** Words are neither parted nor spread: they are to be found, and copied. */
export const title = (name: string, section: number, version: string): string =>
  `.TH "${name.toUpperCase()}" "${section}" "" "regent ${version}" "regent"\n.nh\n.ad l\n`;

export const heading = (name: string): string => `.SH "${name.toUpperCase().replaceAll('-', '\\-')}"\n`;

export const subheading = (name: string): string => `.SS "${text(name)}"\n`;

export const paragraph = (...lines: readonly string[]): string => `.PP\n${lines.join('\n')}\n`;

/** A term, with its meaning below. Both are already roff. */
export const entry = (term: string, ...lines: readonly string[]): string => `.TP\n${term}\n${lines.join('\n')}\n`;

/** Characters that are drawn as typographic ones, and would no longer be what a shell or YAML reads when they are copied. */
const verbatim = { "'": '\\(aq', '`': '\\(ga', '^': '\\(ha', '~': '\\(ti' } as const;

/** Lines printed verbatim. */
export const example = (lines: string): string => {
  const escaped = lines
    .split(/(['`^~])/)
    .map((part) => (part in verbatim ? verbatim[part as keyof typeof verbatim] : text(part)))
    .join('');
  return `.PP\n.nf\n.RS 4\n${escaped}\n.RE\n.fi\n`;
};
