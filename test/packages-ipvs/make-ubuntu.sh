#!/bin/bash
# Makes a bare Ubuntu 24.04 that boots in FOLDER/tree, and in FOLDER/packages what the roles install there. Needs mmdebstrap, and
# Ubuntu's archive, whose key Debian does not have: the tree is for tests alone (60 s, 600 MB). What is there is kept.
# Usage: make-ubuntu.sh FOLDER
set -euo pipefail
folder=$(realpath -m -- "$1")
project=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
[ ! -e "$folder" ] || exit 0

work=$(mktemp -d "$project/.cache/unpacking.XXXXXX")
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
tree=$work/tree
sources=()
for suite in noble noble-updates; do sources+=("deb [trusted=yes] http://archive.ubuntu.com/ubuntu $suite main universe"); done
mmdebstrap --quiet --mode=root --variant=minbase --include=apt,systemd-sysv,iproute2,nftables,procps,kmod,man-db,netplan.io,dpkg-dev noble "$tree" "${sources[@]}"
# As Ubuntu's images have it.
printf 'network:\n  version: 2\n  ethernets:\n    all: { match: { name: "e*" }, dhcp4: true }\n' >"$tree/etc/netplan/50-cloud-init.yaml"
chmod 600 "$tree/etc/netplan/50-cloud-init.yaml"

mkdir -p "$tree/opt/regent"
cp -r "$project/provision" "$tree/opt/regent/"
cp /etc/resolv.conf "$tree/etc/resolv.conf"
unshare --mount --pid --fork --mount-proc="$tree/proc" chroot "$tree" env PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  bash -c 'apt-get update -q && bash /opt/regent/provision/download-packages.sh'
mv "$tree/opt/regent/packages/debian" "$work/packages"
rm -r "$tree/opt/regent"
mv "$work" "$folder"
