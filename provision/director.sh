#!/bin/bash
# Makes a Debian or Ubuntu machine a director: network, kernel, Node, and regent as a systemd service.
# Usage: provision/director.sh [--link] NAME [INTERFACE=ADDRESS/PREFIX]...
#   NAME       whose configuration: config/NAME.yaml, or config/seed/NAME.yaml with LAB_PROFILE=seed
#   --link     the service reads that file itself instead of a copy, so a file with `watch: true` is applied when saved
#   PEERS_KEY  in the environment: the secret that all directors share, for /etc/regent/peers.key (openssl rand -hex 32)
#   INTERFACE  is given this address for good; leave it out where the network is configured already
set -euo pipefail
# shellcheck source=provision/common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

link=no
if [ "${1:-}" = --link ]; then
  link=yes
  shift
fi
[ $# -gt 0 ] || fail 'usage: provision/director.sh [--link] NAME [INTERFACE=ADDRESS/PREFIX]...'
name=$1
shift
case ${LAB_PROFILE:-gateway} in
  gateway) configuration=$project/config/$name.yaml ;;
  seed) configuration=$project/config/seed/$name.yaml ;;
  *) fail "LAB_PROFILE is gateway or seed, not $LAB_PROFILE" ;;
esac
[ -e "$configuration" ] || fail "there is no $configuration"
case $link:$(realpath -- "$configuration") in
  yes:/home/* | yes:/root/* | yes:/run/user/* | yes:/tmp/* | yes:/var/tmp/*)
    fail "the service does not see $configuration (ProtectHome, PrivateTmp): lay the project elsewhere, or leave --link out"
    ;;
esac

echo "director $name"
install_packages "${director_packages[@]}"
for interface in "$@"; do configure_interface "$interface"; done
for interface in "$@"; do await_address "$interface"; done

modules=/etc/modules-load.d/regent.conf
put "$modules" <<'END' || true
# The virtual services. It loads its schedulers itself, but regent may not load modules.
ip_vs
ip_vs_wrr
# `snat: true` on a service: replies come back through whichever director forwarded.
nf_conntrack
nft_chain_nat
END
load_modules "$modules"

settings=/etc/sysctl.d/60-regent.conf
put "$settings" <<'END' || true
# A director is a router: requests go on to the real servers, and their replies back to the clients.
net.ipv4.ip_forward = 1
# A virtual address may stand on another interface than the one its clients come in by: it is answered for on every one.
net.ipv4.conf.all.arp_ignore = 0
# Requests and replies may take different ways while mastership moves: an address must be reachable, not by that interface.
net.ipv4.conf.all.rp_filter = 2
END
sysctl -q -p "$settings"

install_node

# Whether what runs is older than what is installed, also for the next call when this one fails; a boot starts it again anyway.
stale=/run/regent-stale

# As `npm install --global --ignore-scripts` would lay it; that needs npm, which a machine does not need otherwise.
archive=$(newest "$project"/packages/regent-*.tgz)
[ -n "$archive" ] || fail 'there is no regent in packages/: make it by npm run pack, on any Linux machine with Node and npm'
place=/usr/local/lib/node_modules/regent-ha
checksum=$(sha256sum <"$archive")
if [ "$(cat "$place.sha256" 2>/dev/null)" != "$checksum" ]; then
  mkdir -p "$(dirname "$place")" /usr/local/bin
  folder=$(mktemp -d "$place.XXXXXX")
  tar -xzf "$archive" -C "$folder" --strip-components=1 --no-same-owner
  chmod 755 "$folder" "$folder/dist/cli/regent.js"
  touch "$stale"
  rm -rf "$place"
  mv "$folder" "$place"
  ln -sf "$place/dist/cli/regent.js" /usr/local/bin/regent
  put "$place.sha256" <<<"$checksum"
fi
if put /usr/lib/sysusers.d/regent.conf <"$place/packaging/regent.sysusers.conf"; then systemd-sysusers /usr/lib/sysusers.d/regent.conf; fi
if put /etc/systemd/system/regent.service <"$place/packaging/regent.service"; then touch "$stale"; fi

# An emulated processor (plain qemu) starts Node's programs tens of times slower, and five machines may share it.
if [ "$(systemd-detect-virt)" = qemu ] && put /etc/systemd/system/regent.service.d/emulated.conf <<'END'
[Service]
TimeoutStartSec=10min
WatchdogSec=2min
END
then touch "$stale"; fi

regent check "$configuration"
installed=/etc/regent/regent.yaml
mkdir -p /etc/regent
key=/etc/regent/peers.key
if [ -n "${PEERS_KEY:-}" ]; then
  [ ${#PEERS_KEY} -ge 16 ] || fail 'PEERS_KEY is shorter than 16 characters'
  if (umask 077 && put "$key" <<<"$PEERS_KEY"); then touch "$stale"; fi
  chown root:regent "$key"
  chmod 640 "$key"
elif grep -q "$key" "$configuration" && [ ! -e "$key" ]; then
  fail "there is no $key, which $configuration names: set PEERS_KEY, to the same on all directors"
fi
if [ "$link" = yes ]; then
  if [ "$(readlink "$installed")" != "$configuration" ]; then ln -sf "$configuration" "$installed"; fi
else
  if [ -L "$installed" ]; then rm "$installed"; fi
  put "$installed" <"$configuration" || true
fi

if [ -e "$stale" ]; then systemctl daemon-reload; fi
if ! systemctl is-active -q regent; then
  systemctl enable -q --now regent
elif [ -e "$stale" ]; then
  systemctl restart regent
else
  # Says what changed, and does nothing when nothing did.
  systemctl reload regent
fi
rm -f "$stale"
