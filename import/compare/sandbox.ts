// Runs keepalived isolated: in namespaces of its own, without network, its programs replaced by empty files.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Footprint } from './footprint.ts';
import { layTree } from './sandbox-tree.ts';

/** The output of a run of keepalived. */
export type Dump = {
  /** The dump; empty if keepalived ended before writing it. */
  readonly text: string;
  readonly log: string;
};

/**
 * Creates the namespaces' links, mounts an overlay on each directory, so that writes are lost and programs are empty files,
 * starts keepalived, and requests its dump by a signal. A file system that holds the configuration below such a directory stays
 * visible. It works from inside a covered directory, with copies of the tools that
 * may be covered too. Where something new stands in the root itself, all of it happens in a copy of the root.
 */
const script = `
set -e
work=$1 file=$2 part=$3 dump=$4 links=$5 id=$6 sources=$7
mount --make-rprivate /
if [ -d "$work/root" ] && [ -z "$REGENT_COPY" ]; then
  mkdir "$work/copy" "$work/layer"
  mount -t tmpfs tmpfs "$work/layer"
  cp -a "$work/root" "$work/layer/root"
  mkdir "$work/layer/work"
  mount -t overlay overlay -o "lowerdir=/,upperdir=$work/layer/root,workdir=$work/layer/work" "$work/copy"
  for dir in /*; do
    [ -d "$dir" ] && [ ! -L "$dir" ] && mount --rbind "$dir" "$work/copy$dir"
  done
  REGENT_COPY=yes exec chroot "$work/copy" sh "$work/script" "$@"
fi
mount -t tmpfs tmpfs "$work/m"
cp -a "$work/tree" "$work/covers" "$work/m"
cd "$work/m"
mkdir bin
cp "$(command -v sleep)" "$(command -v cat)" bin
ip link set lo up
for source in $sources; do
  ip addr add "$source" dev lo
done
n=0
for link in $links; do
  n=$((n + 1))
  ip link add "$link" type veth peer name "rgpeer$n"
  ip addr add "198.18.$((n / 250)).$((n % 250 + 1))/32" dev "$link"
  ip link set "rgpeer$n" up
  ip link set "$link" up
done
mount -t tmpfs tmpfs /run
place=$(stat -c %m -- "$file")
mkdir place
mount --rbind "$place" place
n=0
while IFS= read -r dir; do
  [ -n "$dir" ] || continue
  n=$((n + 1))
  mkdir "tree/w$n"
  mount -t overlay overlay -o "lowerdir=$dir,upperdir=tree/$n,workdir=tree/w$n" "$dir"
  case $place in "$dir"/*) mount --rbind place "$place" ;; esac
done <covers
keepalived -n -l -G "$part" -i "$id" -f "$file" -p /run/p -r /run/r -c /run/c -b /run/b >log 2>&1 &
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

/** Whether keepalived is installed. */
export const hasKeepalived = (): boolean =>
  spawnSync('keepalived', ['--version'], { stdio: 'ignore' }).error === undefined;

const parts = {
  vrrp: { option: '-P', dump: '/tmp/keepalived.data' },
  services: { option: '-C', dump: '/tmp/keepalived_check.data' },
  bfd: { option: '--all', dump: '/tmp/keepalived_bfd.data' },
} as const;

/**
 * Starts keepalived with a configuration and reads its dump.
 * @param configId what lines with `@word` are compared with.
 * @throws Error if this host does not allow namespaces, or the tools needed in them are missing.
 */
export const dumpKeepalived = (
  file: string,
  part: keyof typeof parts,
  footprint: Footprint,
  configId: string,
): Dump => {
  const work = mkdtempSync(join(tmpdir(), 'regent-compare-'));
  try {
    mkdirSync(join(work, 'm'));
    const covers = layTree(work, footprint);
    writeFileSync(join(work, 'covers'), `${covers.join('\n')}\n`);
    writeFileSync(join(work, 'script'), script);
    const { option, dump } = parts[part];
    const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
    const run = spawnSync(
      'unshare',
      // biome-ignore format: one option a group
      [...user, '--mount', '--net', '--pid', '--fork', '--kill-child', 'sh', join(work, 'script'),
        work, resolve(file), option, dump, footprint.interfaces.join(' '), configId, footprint.sources.join(' ')],
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
