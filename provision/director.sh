#!/bin/bash
# Makes a Debian 12 or Ubuntu machine a director: network, kernel, Node, and regent as a systemd service.
# Usage: provision/director.sh [--link] NAME [INTERFACE=ADDRESS/PREFIX]...
#   NAME       whose configuration: config/NAME.yaml, or config/seed/NAME.yaml with LAB_PROFILE=seed
#   --link     the service reads that file itself instead of a copy, so that one that says `watch: true` is applied when saved
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

echo "director $name"
install_packages ipvsadm nftables iproute2 kmod procps
for interface in "$@"; do configure_interface "$interface"; done
for interface in "$@"; do await_address "$interface"; done

if put /etc/modules-load.d/regent.conf <<'END'
# The virtual services. It loads its schedulers itself, but regent may not load modules.
ip_vs
ip_vs_wrr
# `snat: true` on a service: replies come back through whichever director forwarded.
nf_conntrack
nft_chain_nat
END
then systemctl restart systemd-modules-load; fi

if put /etc/sysctl.d/60-regent.conf <<'END'
# A director is a router: requests go on to the real servers, and their replies back to the clients.
net.ipv4.ip_forward = 1
# A virtual address may stand on another interface than the one its clients come in by: it is answered for on every one.
net.ipv4.conf.all.arp_ignore = 0
# Requests and replies may take different ways while mastership moves: an address must be reachable, not by that interface.
net.ipv4.conf.all.rp_filter = 2
END
then sysctl -q -p /etc/sysctl.d/60-regent.conf; fi

install_node

# As `npm install --global --ignore-scripts` would lay it; that needs npm, which a machine does not need otherwise.
archive=$(newest "$project"/packages/regent-*.tgz)
[ -n "$archive" ] || fail 'there is no regent in packages/: make it by npm run pack, on any Linux machine with Node and npm'
place=/usr/local/lib/node_modules/regent
restart=no
if sha256sum <"$archive" | put "$place.sha256"; then
  folder=$(mktemp -d "$place.XXXXXX")
  tar -xzf "$archive" -C "$folder" --strip-components=1 --no-same-owner
  chmod 755 "$folder"
  rm -rf "$place"
  mv "$folder" "$place"
  ln -sf "$place/dist/cli/regent.js" /usr/local/bin/regent
  chmod 755 "$place/dist/cli/regent.js"
  restart=yes
fi
if put /usr/lib/sysusers.d/regent.conf <"$place/packaging/regent.sysusers.conf"; then systemd-sysusers /usr/lib/sysusers.d/regent.conf; fi
if put /etc/systemd/system/regent.service <"$place/packaging/regent.service"; then
  systemctl daemon-reload
  restart=yes
fi

# An emulated processor (plain qemu) starts Node's programs tens of times slower, and five machines may share it.
if [ "$(systemd-detect-virt)" = qemu ] && put /etc/systemd/system/regent.service.d/emulated.conf <<'END'
[Service]
TimeoutStartSec=10min
WatchdogSec=2min
END
then
  systemctl daemon-reload
  restart=yes
fi

regent check "$configuration"
installed=/etc/regent/regent.yaml
mkdir -p /etc/regent
key=/etc/regent/peers.key
if [ -n "${PEERS_KEY:-}" ]; then
  if (umask 077 && put "$key" <<<"$PEERS_KEY"); then restart=yes; fi
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

if ! systemctl is-active -q regent; then
  systemctl enable -q --now regent
elif [ "$restart" = yes ]; then
  systemctl restart regent
else
  # Says what changed, and does nothing when nothing did.
  systemctl reload regent
fi
