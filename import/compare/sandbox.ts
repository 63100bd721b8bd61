// Runs keepalived isolated: in namespaces of its own, without network, its programs replaced by empty files.

import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Footprint } from './footprint.ts';

/** The output of a run of keepalived. */
export type Dump = {
  /** The dump; empty if keepalived ended before writing it. */
  readonly text: string;
  readonly log: string;
};

const searchPath = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/**
 * Creates the namespaces' links, mounts an overlay on each directory, so that writes are lost and programs are empty files,
 * starts keepalived, and requests its dump by a signal. It works from inside a covered directory, with copies of the tools that
 * may be covered too.
 */
const script = `
set -e
work=$1 file=$2 part=$3 dump=$4 links=$5
mount --make-rprivate /
mount -t tmpfs tmpfs "$work/m"
cp -a "$work/tree" "$work/covers" "$work/m"
cd "$work/m"
mkdir bin
cp "$(command -v sleep)" "$(command -v cat)" bin
ip link set lo up
n=0
for link in $links; do
  n=$((n + 1))
  ip link add "$link" type veth peer name "rgpeer$n"
  ip addr add "198.18.0.$n/32" dev "$link"
  ip link set "rgpeer$n" up
  ip link set "$link" up
done
mount -t tmpfs tmpfs /run
n=0
while IFS= read -r dir; do
  [ -n "$dir" ] || continue
  n=$((n + 1))
  mkdir "tree/w$n"
  mount -t overlay overlay -o "lowerdir=$dir,upperdir=tree/$n,workdir=tree/w$n" "$dir"
done <covers
keepalived -n -l -G "$part" -f "$file" -p /run/p -r /run/r -c /run/c -b /run/b >log 2>&1 &
pid=$!
tries=0
started=no
while [ "$tries" -lt 100 ] && kill -0 "$pid" 2>/dev/null; do
  tries=$((tries + 1))
  case "$(bin/cat log)" in
    *'Startup complete'*)
      [ ! -s "$dump" ] || break
      [ "$started" = yes ] || kill -USR1 "$pid"
      started=yes
      ;;
  esac
  bin/sleep 0.1
done
bin/sleep 0.1
echo '=== log'
bin/cat log
echo '=== dump'
if [ -s "$dump" ]; then bin/cat "$dump"; fi
`;

/** The nearest existing parent directory; undefined for the root, which cannot be covered. */
const nearest = (directory: string): string | undefined => {
  if (directory === '/') return undefined;
  return existsSync(directory) ? realpathSync(directory) : nearest(dirname(directory));
};

const placesOf = (program: string): readonly string[] => {
  if (program.includes('/')) return [program];
  const found = searchPath.map((directory) => join(directory, program)).filter((path) => existsSync(path));
  return found.length > 0 ? found : [join('/usr/bin', program)];
};

/** Creates the empty programs for each directory to cover. */
const layTree = (work: string, { programs, directories }: Footprint): readonly string[] => {
  const covers = new Map<string, string[]>();
  const cover = (path: string): string[] | undefined => {
    const base = nearest(path);
    if (base === undefined) return undefined;
    const list = covers.get(base) ?? [];
    covers.set(base, list);
    return list;
  };
  for (const directory of ['/tmp', ...directories]) cover(directory);
  for (const program of programs.flatMap(placesOf)) {
    const directory = dirname(resolve(program));
    const base = nearest(directory);
    if (base === undefined) continue;
    const real = existsSync(directory) ? realpathSync(directory) : directory;
    cover(base)?.push(
      real === base || real.startsWith(`${base}/`)
        ? join(real, resolve(program).split('/').at(-1) ?? '')
        : resolve(program),
    );
  }
  // A covered directory within another has its own programs: one layer each, the outer ones first.
  const bases = [...covers.keys()].sort();
  for (const [index, base] of bases.entries()) {
    const root = join(work, 'tree', String(index + 1));
    mkdirSync(root, { recursive: true });
    for (const path of covers.get(base) ?? []) {
      const place = join(root, path.slice(base.length));
      mkdirSync(dirname(place), { recursive: true });
      writeFileSync(place, '');
      chmodSync(place, 0o755);
    }
  }
  return bases;
};

/** Whether keepalived is installed. */
export const hasKeepalived = (): boolean =>
  spawnSync('keepalived', ['--version'], { stdio: 'ignore' }).error === undefined;

const parts = {
  vrrp: { option: '-P', dump: '/tmp/keepalived.data' },
  services: { option: '-C', dump: '/tmp/keepalived_check.data' },
} as const;

/**
 * Starts keepalived with a configuration and reads its dump.
 * @throws Error if this host does not allow namespaces, or the tools needed in them are missing.
 */
export const dumpKeepalived = (file: string, part: keyof typeof parts, footprint: Footprint): Dump => {
  const work = mkdtempSync(join(tmpdir(), 'regent-compare-'));
  try {
    mkdirSync(join(work, 'm'));
    const covers = layTree(work, footprint);
    writeFileSync(join(work, 'covers'), `${covers.join('\n')}\n`);
    const { option, dump } = parts[part];
    const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
    const run = spawnSync(
      'unshare',
      // biome-ignore format: one option a group
      [...user, '--mount', '--net', '--pid', '--fork', '--kill-child', 'sh', '-c', script, 'sh',
        work, resolve(file), option, dump, footprint.interfaces.join(' ')],
      { encoding: 'utf8', timeout: 30_000, maxBuffer: 256 * 2 ** 20, cwd: dirname(resolve(file)) },
    );
    const [, log = '', text = ''] = /=== log\n([\s\S]*?)=== dump\n([\s\S]*)$/.exec(run.stdout ?? '') ?? [];
    if (run.error !== undefined || !run.stdout.includes('=== dump')) {
      const said = (run.error?.message ?? run.stderr).trim().split('\n').at(-1) ?? '';
      throw new Error(`keepalived cannot be run apart from this host: ${said}`);
    }
    return { text, log };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};
