#!/bin/bash
# Makes Debian's user-mode Linux fit for regent in FOLDER, from the package and, for what the package was configured without,
# from the very sources it was built of: nftables of IPv4 and IPv6. Needs a compiler, make, flex, bison, bc and kmod.
# Usage: provision/user-mode-linux.sh FOLDER
set -euo pipefail

folder=$1
work=$(mktemp -d "$(dirname "$folder")/unpacking.XXXXXX")
trap 'rm -rf "$work"' EXIT
chmod 777 "$work"
cd "$work"

apt-get download -q user-mode-linux
dpkg --fsys-tarfile user-mode-linux_*.deb | tar -x --no-same-owner --wildcards --no-wildcards-match-slash \
  ./usr/bin/linux.uml './usr/lib/uml/modules/*/modules.*' './usr/lib/uml/modules/*/kernel/net' \
  './usr/lib/uml/modules/*/kernel/crypto' './usr/lib/uml/modules/*/kernel/lib' './usr/lib/uml/modules/*/kernel/fs/overlayfs' \
  './usr/lib/uml/modules/*/kernel/drivers/net'
version=$(basename usr/lib/uml/modules/*)
mkdir -p user-mode tree/lib
mv usr/bin/linux.uml user-mode/linux.uml
mv usr/lib/uml/modules tree/lib/modules

# The modules below fit no other kernel than this one.
series=${version%.*}
package=$(LC_ALL=C apt-cache madison "linux-source-$series" | awk '{ print $3 }' | grep -F -m 1 "$version-") ||
  { echo "user-mode-linux: no sources of Linux $version"; exit 1; }
apt-get download -q "linux-source-$series=$package"
# Of the drivers only what describes them.
dpkg --fsys-tarfile linux-source-*.deb | tar -x -O "./usr/src/linux-source-$series.tar.xz" | xz -dc -T 2 |
  tar -x --strip-components=1 --one-top-level=source --no-same-owner --exclude='*/drivers/*.[ch]' --exclude='*/sound/*.[ch]' \
    --exclude='*/fs/*.[ch]' --exclude='*/arch/[!ux]*/*.[chS]' --exclude='*/Documentation/*.rst' --exclude='*.dts*' --exclude='*/tools/*/*'
cd source
../user-mode/linux.uml --showconfig >.config
scripts/config -e NF_TABLES_INET -e NF_TABLES_IPV4 -e NF_TABLES_IPV6 -m NFT_NAT
kernel_make() { make -s ARCH=um -j "$(nproc)" "$@"; }
kernel_make olddefconfig
kernel_make modules_prepare
modules=(nf_tables nf_nat nft_chain_nat nft_nat nft_masq nft_ct)
# What other modules export is not known here, and found when they are loaded.
kernel_make M=net/netfilter KBUILD_MODPOST_WARN=1 "${modules[@]/%/.ko}"
cd ..
mkdir "tree/lib/modules/$version/updates"
for module in "${modules[@]}"; do
  strip -g -o "tree/lib/modules/$version/updates/$module.ko" "source/net/netfilter/$module.ko"
done
"$(command -v depmod || echo /sbin/depmod)" -b tree "$version"
mv tree/lib/modules user-mode/modules
chmod 755 user-mode
rm -rf "$folder"
mv user-mode "$folder"
