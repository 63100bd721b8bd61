#!/bin/bash
# Brings a machine that has Node, npm and apt to where the lab and the tests run. Run it again at will: it does only what is missing.
# Usage: provision/setup.sh [--for-lab | --for-tests | --for-pages | --for-packages | --for-vagrant] [--built]
# --built: dist/ is compiled, and in use: it stays as it is.
set -euo pipefail

project=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
cache=$project/.cache/vm
builds_kernel=no
for_tests=no
for_pages=no
for_packages=no
for_vagrant=no
case ${1:-} in
  '') builds_kernel=yes ;;
  # The first lab would wait longer for its kernel than it takes with qemu.
  --for-lab) ;;
  # The suites that need its kernel have it built while others run.
  --for-tests) for_tests=yes ;;
  --for-pages) for_pages=yes ;;
  --for-packages) for_packages=yes ;;
  --for-vagrant) for_vagrant=yes ;;
  *)
    echo 'usage: provision/setup.sh [--for-lab | --for-tests | --for-pages | --for-packages | --for-vagrant] [--built]' >&2
    exit 2
    ;;
esac
compiles=yes
if [ "${2:-}" = --built ]; then compiles=no; fi

# shellcheck source=provision/node.sh
. "$project/provision/node.sh"
if ! has_node || ! command -v npm >/dev/null; then
  echo "setup: needs npm and Node 20.19 or later, found Node $(node --version 2>/dev/null || echo none), npm $(npm --version 2>/dev/null || echo none)" >&2
  echo '  Debian 13 has both (apt-get install nodejs npm); for Debian 12 and Ubuntu 24.04 take them from nodejs.org.' >&2
  exit 1
fi

as_root=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { echo 'setup: needs root, or sudo' >&2; exit 1; }
  as_root=(sudo)
fi

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

has_ipvs() {
  "${as_root[@]}" modprobe -q ip_vs 2>/dev/null || true
  [ -e /proc/net/ip_vs ]
}

# Runs a step whose output only matters when it fails.
step() {
  local title=$1 started=$SECONDS log
  shift
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1; then
    cat "$log" >&2
    rm "$log"
    echo "setup: failed to $title" >&2
    exit 1
  fi
  rm "$log"
  echo "  $title: $((SECONDS - started)) s"
}

apt_install() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" </dev/null
}

# While packages are unpacked no service may start: keepalived among them would take part in an election of its own.
install_packages() {
  local guard=/usr/sbin/policy-rc.d guarded=no code=0
  if [ ! -e "$guard" ]; then
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$guard" >/dev/null
    "${as_root[@]}" chmod 755 "$guard"
    guarded=yes
  fi
  apt_install "$@" || code=$?
  # A list that is older than what the archive holds may name versions that no longer fit together.
  if [ "$code" != 0 ]; then
    code=0
    { "${as_root[@]}" apt-get update -q && apt_install "$@"; } || code=$?
  fi
  if [ "$guarded" = yes ]; then "${as_root[@]}" rm "$guard"; fi
  # The guard covers this installation; none of them may start with the next boot either. A unit that existed before is left alone.
  if [ -d /run/systemd/system ]; then
    case " $* " in *' keepalived '*) "${as_root[@]}" systemctl disable keepalived ;; esac
    case " $* " in *' bird2 '*) "${as_root[@]}" systemctl disable bird ;; esac
    case " $* " in *' frr '*) "${as_root[@]}" systemctl disable frr ;; esac
    case " $* " in *' openssh-server '*) "${as_root[@]}" systemctl disable ssh.service ssh.socket ;; esac
    # Its network would appear on this machine; the lab starts a libvirt of its own.
    case " $* " in
      *' libvirt-daemon-system '*)
        "${as_root[@]}" systemctl disable libvirtd.service libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket libvirt-guests.service
        ;;
    esac
  fi
  return "$code"
}

# Those of the packages that this distribution does not have.
lacking() {
  local package known
  known=$(LC_ALL=C apt-cache policy "$@" 2>/dev/null | awk '/^[^ ]/ { name = $1 } /^ *Candidate: [^(]/ { print name }')
  for package in "$@"; do grep -qxF "$package:" <<<"$known" || echo "$package"; done
}

# Says at once what cannot be had here, and what serves instead.
refuse_lacking() {
  local lacks system
  lacks=$(lacking "$@" | tr '\n' ' ')
  [ -n "$lacks" ] || return 0
  # shellcheck source=/dev/null
  system=$(. /etc/os-release && echo "$PRETTY_NAME")
  echo "setup: $system has no package ${lacks% }" >&2
  case $lacks in
    *linux-image-*)
      echo "  The small virtual machine takes a kernel of the distribution. Without it this machine's own needs the module ip_vs." >&2
      ;;
  esac
  case $lacks in *vagrant*) echo '  The five machines need Vagrant with libvirt, which Debian has.' >&2 ;; esac
  exit 1
}

has_candidate() { grep -q 'Candidate: [^(]' <<<"$(LC_ALL=C apt-cache policy "$1" 2>/dev/null)"; }

# Unpacks a compressed kernel beside itself, which saves an emulated machine seconds a boot; what is packed otherwise stays as it is.
unpack_image() {
  local image=$1 offset plain=${1/vmlinuz-/vmlinux-} magic unpack
  while read -r magic unpack; do
    offset=$(LC_ALL=C grep -obUaP "$magic" "$image" | head -n 1 | cut -d: -f1) || true
    [ -n "$offset" ] || continue
    # The program complains about bytes after the compressed data, but has written all data by then.
    tail -c "+$((offset + 1))" "$image" | "$unpack" -dcq >"$plain" 2>/dev/null || true
    [ "$(head -c 4 "$plain" | tail -c 3)" != ELF ] || return 0
    rm "$plain"
  done <<<'\xFD7zXZ\x00 xz
\x28\xB5\x2F\xFD zstd'
}

# The package that depends on the newest kernel.
kernel_package() {
  # shellcheck source=/dev/null
  case $(. /etc/os-release && echo "$ID ${ID_LIKE:-}") in
    *ubuntu*) echo linux-image-generic ;;
    *) echo linux-image-amd64 ;;
  esac
}

# The packages of the newest kernel: Ubuntu has its modules in another, and those of rarer use in a third, which is not needed.
newest_kernel() {
  local image
  image=$(LC_ALL=C apt-cache depends "$(kernel_package)" | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)$/\1/p' | head -n 1)
  [ -n "$image" ] || return 0
  echo "$image"
  if has_candidate "${image/image/modules}"; then echo "${image/image/modules}"; fi
}

# What the virtual machine can use of a kernel's files: 60 MB of 400. Some have it in /usr, and none has every part.
kernel_parts() {
  local place part
  echo './boot/vmlinuz-*'
  for place in lib usr/lib; do
    for part in 'modules.*' kernel/net kernel/crypto kernel/lib kernel/arch kernel/fs/9p kernel/fs/netfs kernel/fs/fscache \
      kernel/fs/overlayfs kernel/drivers/virtio 'kernel/drivers/char/virtio_console.ko*' 'kernel/drivers/net/*.ko*' kernel/drivers/net/bonding; do
      echo "./$place/modules/*/$part"
    done
  done
}

# Unpacks the kernel of these packages. Its modules are uncompressed: an emulated machine loads them sooner, and busybox knows no zstd.
unpack_kernel() {
  local folder package version module
  folder=$(mktemp -d "$cache/unpacking.XXXXXX")
  chmod 777 "$folder"
  (cd "$folder" && apt-get download -q "$@") || return 1
  mkdir -p "$folder/kernel/lib"
  for package in "$folder"/*.deb; do
    # tar complains of parts that are not there; those that must be are asked for below.
    dpkg --fsys-tarfile "$package" |
      tar -x -C "$folder/kernel" --wildcards --no-wildcards-match-slash --no-same-owner --files-from <(kernel_parts) || true
  done
  if [ -e "$folder/kernel/usr/lib/modules" ]; then mv "$folder/kernel/usr/lib/modules" "$folder/kernel/lib"; fi
  find "$folder/kernel/lib" -name '*.ko.xz' -exec xz -d {} + || return 1
  find "$folder/kernel/lib" -name '*.ko.zst' -exec zstd -dq --rm {} + || return 1
  version=$(ls "$folder/kernel/lib/modules")
  "$(command -v depmod || echo /sbin/depmod)" -b "$folder/kernel" "$version" || return 1
  for module in ip_vs nft_chain_nat 9p 9pnet_virtio overlay virtio_pci virtio_console veth; do
    "$(command -v modprobe || echo /sbin/modprobe)" --dry-run --dirname="$folder/kernel" --set-version="$version" "$module" || return 1
  done
  unpack_image "$folder"/kernel/boot/vmlinuz-* || return 1
  chmod a+r "$folder"/kernel/boot/*
  rm -rf "$cache/kernel"
  mv "$folder/kernel" "$cache/kernel" || return 1
  rm -r "$folder"
}

# The one program of the package prometheus that judges metrics and alerting rules.
unpack_promtool() {
  local folder
  folder=$(mktemp -d "$project/.cache/unpacking.XXXXXX")
  chmod 777 "$folder"
  (cd "$folder" && apt-get download -q prometheus)
  mkdir -p "$project/.cache/tools"
  dpkg --fsys-tarfile "$folder"/*.deb | tar -x -O ./usr/bin/promtool >"$folder/promtool"
  chmod 755 "$folder/promtool"
  mv "$folder/promtool" "$project/.cache/tools/promtool"
  rm -r "$folder"
}

# A bare Debian that boots, by its suite: where the packages are installed and started by their tests. That of the newer release
# has a Node that is new enough, and what Ansible needs.
make_debian_tree() {
  local suite=$1 tree=$2 folder packages=systemd-sysv,iproute2,nftables,procps,kmod,man-db
  [ "$suite" = bookworm ] || packages+=,nodejs,python3-apt
  folder=$(mktemp -d "$project/.cache/unpacking.XXXXXX")
  chmod 755 "$folder"
  "${as_root[@]}" mmdebstrap --quiet --mode=root --variant=minbase --include="$packages" "$suite" "$folder/debian"
  "${as_root[@]}" rm -rf "$tree"
  mv "$folder/debian" "$tree"
  rm -r "$folder"
}

# `npm ci` refuses a lock file that lists fewer platforms' optional packages than the registry's description names; `npm install` takes it.
install_modules() {
  npm ci --no-audit --no-fund || npm install --no-audit --no-fund
}

# Why each package: the lab's hosts, IPVS and NAT; a firewall of the kind before nftables; real traffic and captures; the
# comparison with keepalived; routing daemons for anycast; native npm packages.
wanted=(iproute2 util-linux procps kmod ipvsadm nftables iptables keepalived bird2 frr tcpdump tshark iputils-arping iputils-ping curl python3 make g++)
is_installed kmod && has_ipvs && needs_vm=no || needs_vm=yes
# The lab's machines have kernels of their own; but where /dev/kvm exists, the small virtual machine tries whether it works.
if [ "$for_vagrant" = yes ]; then
  if [ -e /dev/kvm ]; then needs_vm=yes; else needs_vm=no; fi
fi
# User-mode Linux is built; where it cannot be, or does not run, qemu serves.
if [ "$needs_vm" = yes ]; then wanted+=(qemu-system-x86 busybox-static cpio xz-utils zstd binutils flex bison bc); fi
# Vagrant with an own libvirt, and what builds a box without a download.
if [ "$for_vagrant" = yes ]; then
  wanted+=(vagrant vagrant-libvirt libvirt-daemon-system libvirt-clients qemu-system-x86 qemu-utils dnsmasq-base openssh-client rsync shellcheck)
  wanted+=(mmdebstrap e2fsprogs fdisk grub-pc-bin grub-common)
fi
# A browser, and a server of ssh, to see the page of a pair.
if [ "$for_pages" = yes ]; then wanted+=(chromium openssh-server openssh-client); fi
if [ "$for_packages" = yes ]; then wanted+=(mmdebstrap binutils dpkg-dev lintian podman crun ansible-lint zsh fish mandoc); fi

missing=()
for package in "${wanted[@]}"; do is_installed "$package" || missing+=("$package"); done
needs_kernel=no
if [ "$needs_vm" = yes ] && [ ! -e "$cache/kernel/lib/modules" ]; then needs_kernel=yes; fi
needs_user_mode=no
if [ "$needs_vm" = yes ] && [ "$builds_kernel" = yes ] && ! bash "$project/provision/user-mode-linux.sh" --is-built; then needs_user_mode=yes; fi
needs_modules=no
if [ ! -e "$project/node_modules/.package-lock.json" ] || [ "$project/package-lock.json" -nt "$project/node_modules/.package-lock.json" ]; then
  needs_modules=yes
fi

needs_promtool=no
if [ "$for_tests" = yes ] && [ ! -e "$project/.cache/tools/promtool" ] && ! command -v promtool >/dev/null; then needs_promtool=yes; fi
needs_tree=no
newer_tree=$project/.cache/debian-13
older_tree=$project/.cache/debian-12
if [ "$for_packages" = yes ] && ! { [ -e "$newer_tree/usr/bin/python3" ] && [ -e "$older_tree" ]; }; then needs_tree=yes; fi

echo "regent: setting up $project"
if [ ${#missing[@]} -gt 0 ]; then
  echo "  Debian packages (about 60 s when all are missing): ${missing[*]}"
  echo '    for network namespaces, IPVS and NAT, captures, the comparison with keepalived, anycast, native npm packages'
fi
if [ "$needs_vm" = yes ] && [ "$for_vagrant" = no ]; then echo "  this kernel has no IPVS: a small virtual machine (user-mode Linux or qemu) serves instead"; fi
if [ "$needs_kernel" = yes ]; then echo '  a kernel of this distribution, 60 to 110 MB to download, 200 MB in .cache/vm (about 20 s)'; fi
if [ "$needs_user_mode" = yes ]; then echo '  user-mode Linux and its sources, 180 MB to download, 65 MB in .cache/vm (about 50 s beside the rest)'; fi
if [ "$needs_promtool" = yes ]; then echo '  promtool, which judges metrics and alerting rules, of a Debian package of 19 MB (about 3 s)'; fi
if [ "$needs_tree" = yes ]; then echo '  a bare Debian 13 and a bare Debian 12 in .cache, 220 MB to download, 600 MB there (about 70 s)'; fi
if [ "$needs_modules" = yes ]; then echo '  npm packages of package-lock.json (about 15 s)'; fi

if [ ${#missing[@]} -gt 0 ] || [ "$needs_kernel" = yes ] || [ "$needs_user_mode" = yes ] || [ "$needs_promtool" = yes ]; then
  if ! has_candidate "$(kernel_package)" || { [ ${#missing[@]} -gt 0 ] && ! has_candidate "${missing[0]}"; }; then
    step 'read the package lists' "${as_root[@]}" apt-get update -q
  fi
fi
kernel=()
if [ "$needs_kernel" = yes ]; then kernel=("$(kernel_package)"); fi
if [ ${#missing[@]} -gt 0 ] || [ "$needs_kernel" = yes ]; then refuse_lacking "${missing[@]}" "${kernel[@]}"; fi
if [ ${#missing[@]} -gt 0 ]; then
  # wireshark-common asks whether users outside root may capture: no.
  step 'install Debian packages' install_packages "${missing[@]}"
fi
if [ "$needs_user_mode" = yes ]; then
  user_mode_log=$(mktemp)
  bash "$project/provision/user-mode-linux.sh" >"$user_mode_log" 2>&1 &
  user_mode=$!
fi
if [ "$needs_kernel" = yes ]; then
  mkdir -p "$cache"
  mapfile -t kernel < <(newest_kernel)
  [ ${#kernel[@]} -gt 0 ] || { echo "setup: $(kernel_package) depends on no kernel image" >&2; exit 1; }
  step "unpack ${kernel[0]}" unpack_kernel "${kernel[@]}"
fi
if [ "$needs_promtool" = yes ]; then
  mkdir -p "$project/.cache"
  step 'unpack promtool' unpack_promtool
fi
if [ "$needs_tree" = yes ]; then
  mkdir -p "$project/.cache"
  [ -e "$newer_tree/usr/bin/python3" ] || step 'make a bare Debian 13' make_debian_tree trixie "$newer_tree"
  [ -e "$older_tree" ] || step 'make a bare Debian 12' make_debian_tree bookworm "$older_tree"
fi
cd "$project"
if [ "$needs_modules" = yes ]; then
  step 'install npm packages' install_modules
fi
if [ "$compiles" = yes ]; then step 'compile' npm run --silent build; fi
if [ "$needs_user_mode" = yes ]; then
  if wait "$user_mode"; then
    echo "  build user-mode Linux: $SECONDS s after the start"
  else
    echo "  no user-mode Linux: $(tail -n 1 "$user_mode_log")"
  fi
  rm "$user_mode_log"
fi
echo "ready after $SECONDS s"
