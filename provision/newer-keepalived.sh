#!/bin/bash
# Unpacks Debian 13's keepalived (2.3) with all libraries that it needs beside the system's own, into FOLDER: the peer that the
# tests of interoperation meet besides 2.2 (30 MB to download, 10 s). FOLDER/keepalived starts it. What is there is kept.
# Usage: provision/newer-keepalived.sh FOLDER
set -euo pipefail
project=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
folder=$(realpath -m -- "$1")
[ ! -e "$folder" ] || exit 0

mkdir -p "$(dirname "$folder")"
work=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$work"' EXIT
export APT_CONFIG
APT_CONFIG=$(bash "$project/provision/other-suite.sh" "$work/apt" trixie)
apt-get install -y -q --download-only --no-install-recommends keepalived </dev/null
mkdir "$work/keepalived"
for package in "$work"/apt/cache/archives/*.deb; do
  dpkg --fsys-tarfile "$package" | tar -x -C "$work/keepalived" --no-same-owner --wildcards --no-wildcards-match-slash \
    './usr/lib/*-linux-*/*.so*' ./usr/sbin/keepalived ./etc/keepalived/keepalived.config-opts 2>/dev/null || true
done
[ -x "$work/keepalived/usr/sbin/keepalived" ] || { echo 'newer-keepalived: the package holds no keepalived' >&2; exit 1; }
# Started by the loader that fits its libraries; what it was built with it reads from /etc, in a namespace of mounts of its own.
mkdir -p /etc/keepalived
loader=$(cd "$work/keepalived" && echo usr/lib/*-linux-*/ld-linux-*.so.*)
cat >"$work/keepalived/keepalived" <<END
#!/bin/sh
exec unshare --mount sh -c 'mount --bind "$folder/etc/keepalived" /etc/keepalived && exec "\$@"' sh \\
  "$folder/$loader" --library-path "$folder/$(dirname "$loader")" "$folder/usr/sbin/keepalived" "\$@"
END
chmod -R a+rX "$work/keepalived"
chmod a+x "$work/keepalived/keepalived"
mv "$work/keepalived" "$folder"
