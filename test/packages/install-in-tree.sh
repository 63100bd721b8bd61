#!/bin/bash
# Copies a Debian tree and installs a package into the copy. Usage: install-in-tree.sh TREE COPY PACKAGE
# For the tests in the virtual machine: under emulation dpkg alone would take minutes.
set -euo pipefail
tree=$1 copy=$2 package=$3

rm -rf "$copy"
cp -a "$tree" "$copy"
cp "$package" "$copy/root/regent.deb"
unshare --mount --pid --fork --mount-proc="$copy/proc" chroot "$copy" env PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  dpkg --install /root/regent.deb
rm "$copy/root/regent.deb"
