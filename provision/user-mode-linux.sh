#!/bin/bash
# Builds user-mode Linux, a kernel that is a program, from the sources of Debian's backports with the configuration
# user-mode.config. It is kept for all checkouts, by the version of its sources and the hash of that file; without such a
# kernel, one is built, by one process at a time. Needs a compiler, make, flex, bison, bc and xz.
# Usage: provision/user-mode-linux.sh           says the path of the kernel, or (status 1) why there is none, in the last line
#        provision/user-mode-linux.sh --is-built    whether there is one
#        provision/user-mode-linux.sh --find    the same, but builds none; it waits for a running build
set -euo pipefail

provision=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
fragment=$provision/user-mode.config
# The series that is tried with regent; else the newest that runs more than one processor by seccomp.
series=7.2
oldest=6.16
if [ "$(id -u)" = 0 ]; then store=/var/cache/regent; else store=${XDG_CACHE_HOME:-$HOME/.cache}/regent; fi
hash=$(sha256sum "$fragment" | cut -c1-12)

fail() {
  echo "$*"
  exit 1
}

find_kernel() {
  local kernel
  for kernel in "$store"/linux-*-"$hash"/linux /var/cache/regent/linux-*-"$hash"/linux; do
    [ ! -x "$kernel" ] || echo "$kernel"
  done | sort -V | tail -n 1
}

choose_source() {
  apt-cache pkgnames linux-source- | grep -E '^linux-source-[0-9]+\.[0-9]+$' | sort -V |
    awk -F- -v series="$series" -v oldest="$oldest" '
      function rank(version, parts) { split(version, parts, "."); return parts[1] * 1000 + parts[2] }
      $3 == series { chosen = $0 }
      rank($3) >= rank(oldest) { newest = $0 }
      END { print chosen ? chosen : newest }'
}

# Of what a kernel without hardware does not look at, only what describes it to the build.
unpack_source() {
  dpkg --fsys-tarfile linux-source-*.deb | tar -x -O --wildcards './usr/src/linux-source-*.tar.xz' | xz -dc -T 0 |
    tar -x --strip-components=1 --one-top-level=source --no-same-owner --exclude='*/arch/[!ux]*/*.[chS]' --exclude='*.dts*' \
      --exclude='*/Documentation/*.rst' --exclude='*/tools/testing' --exclude='*/tools/perf' --exclude='*/sound/*.[ch]' \
      --exclude='*/drivers/gpu/*.[ch]' --exclude='*/drivers/media/*.[ch]' --exclude='*/drivers/net/[ew]*/*.[ch]'
}

configure() {
  local line
  # User-mode Linux has a fixed timer frequency and no question about it.
  sed -i "/^config HZ$/,/default/s/default .*/default $(sed -n 's/^CONFIG_HZ=//p' "$fragment")/" arch/um/Kconfig
  make -s ARCH=um KCONFIG_ALLCONFIG="$fragment" allnoconfig
  grep '^CONFIG_' "$fragment" | while read -r line; do
    grep -qxF "$line" .config || fail "the sources do not take $line"
  done
}

# The program, and what tells modprobe that everything is built in.
collect() {
  local release=include/config/kernel.release
  release=$(cat "$release")
  mkdir -p "$1/lib/modules/$release" &&
    cp modules.builtin modules.builtin.modinfo "$1/lib/modules/$release" &&
    touch "$1/lib/modules/$release/modules.order" &&
    "$(command -v depmod || echo /sbin/depmod)" -b "$1" "$release" &&
    mv "$1/lib/modules/$release" "$1/modules" &&
    rm -r "${1:?}/lib" &&
    strip -o "$1/linux" linux
}

build() {
  local package version result
  [ "$(df --output=avail -k . | tail -n 1)" -gt 2000000 ] || fail "$store has less than 2 GB of room"
  APT_CONFIG=$(bash "$provision/other-suite.sh" apt trixie-backports) || fail "apt cannot read Debian's trixie-backports"
  export APT_CONFIG
  package=$(choose_source) || true
  [ -n "$package" ] || fail "apt finds no sources of Linux $oldest or later in trixie-backports"
  version=$(apt-cache policy "$package" | sed -n 's/^ *Candidate: //p')
  apt-get download -qq "$package" || fail "cannot download $package"
  result=$store/linux-$version-$hash
  unpack_source
  mkdir result
  # Minutes of work that failed would fail again.
  (cd source && configure && nice make -s ARCH=um -j "$(nproc)" linux && collect ../result) >log 2>&1 || mv log result/failure
  rm -rf "$result"
  mv result "$result"
  [ -x "$result/linux" ] || fail "$package cannot be built: $(tail -n 1 "$result/failure")"
  echo "$result/linux"
}

kernel=$(find_kernel)
if [ "${1:-}" = --is-built ]; then [ -n "$kernel" ]; exit; fi
if [ -n "$kernel" ]; then
  echo "$kernel"
  exit
fi
mkdir -p "$store"
exec 9>"$store/lock"
if ! flock --nonblock 9; then
  echo 'user-mode Linux is being built: waiting for it' >&2
  flock --timeout 1200 9 || fail 'the build of user-mode Linux takes more than 20 minutes'
fi
kernel=$(find_kernel)
if [ -n "$kernel" ]; then
  echo "$kernel"
  exit
fi
failure=$(ls "$store"/linux-*-"$hash"/failure 2>/dev/null) || true
[ -z "$failure" ] || fail "its build failed before, see $failure; it is tried again once that is removed"
[ "${1:-}" != --find ] || fail 'not built yet, which provision/setup.sh does'
rm -rf "$store/building"
mkdir "$store/building"
trap 'rm -rf "$store/building"' EXIT
cd "$store/building"
build
