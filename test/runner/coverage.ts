// How much of each room the unit tests run, from c8's summary of its files. Pure.

/** The lines of a file as c8's json-summary has them. */
type Summary = Readonly<Record<string, { readonly lines: { readonly total: number; readonly covered: number } }>>;
type Room = { readonly files: number; readonly untouched: number; readonly lines: number; readonly covered: number };

const none: Room = { files: 0, untouched: 0, lines: 0, covered: 0 };

const roomsOf = (summary: Summary, project: string): ReadonlyMap<string, Room> => {
  const rooms = new Map<string, Room>();
  for (const [file, { lines }] of Object.entries(summary)) {
    const [name, ...rest] = file.startsWith(`${project}/`) ? file.slice(project.length + 1).split('/') : [];
    if (name === undefined || rest.length === 0) continue;
    const { files, untouched, lines: before, covered } = rooms.get(name) ?? none;
    rooms.set(name, {
      files: files + 1,
      untouched: untouched + (lines.covered === 0 ? 1 : 0),
      lines: before + lines.total,
      covered: covered + lines.covered,
    });
  }
  return rooms;
};

/** A line a room: how many of its lines ran, and how many of its files no test imports. @param project its folder. */
export const coverageTable = (summary: Summary, project: string): readonly string[] =>
  [...roomsOf(summary, project)]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, { files, untouched, lines, covered }]) => {
      const share = `${Math.floor((100 * covered) / Math.max(1, lines))} %`;
      const rest = untouched === 0 ? '' : `, ${untouched} of ${files} files by no test`;
      return `${name.padEnd(12)} ${share.padStart(5)} of ${String(lines).padStart(5)} lines${rest}`;
    });
