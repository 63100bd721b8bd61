# shellcheck shell=bash
# What the roles' scripts share. Each of them may run again at will: it changes only what is not yet as it should be, and
# disturbs nothing that is.

project=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
export DEBIAN_FRONTEND=noninteractive
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

fail() {
  echo "provision: $*" >&2
  exit 1
}

[ "$(id -u)" = 0 ] || fail 'needs root'
[ -d /run/systemd/system ] || fail 'needs a machine that systemd runs'

# Writes standard input to a file. True when that changed it.
put() {
  local file=$1 text
  text=$(cat; echo .)
  text=${text%.}
  if [ -e "$file" ] && [ "$(cat "$file"; echo .)" = "$text." ]; then return 1; fi
  mkdir -p "$(dirname "$file")"
  printf '%s' "$text" >"$file"
  echo "  wrote $file"
}

# Installs those Debian packages that are missing; a machine that has them all needs no uplink.
install_packages() {
  local package missing=()
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  echo "  Debian packages: ${missing[*]}"
  apt-get update -q
  apt-get install -y -q --no-install-recommends "${missing[@]}" </dev/null
}

# The link-layer address that spells an IPv4 address, as the Vagrantfile gives it to the interface: 02:00 and its four bytes.
mac_of() {
  local a b c d
  IFS=. read -r a b c d <<<"$1"
  printf '02:00:%02x:%02x:%02x:%02x' "$a" "$b" "$c" "$d"
}

interface_with_mac() {
  local link
  for link in /sys/class/net/*; do
    if [ "$(cat "$link/address" 2>/dev/null)" = "$1" ]; then basename "$link"; fi
  done
}

# Names and configures one interface for good: configure_interface enp0s8=192.168.66.11/24 [DESTINATION=GATEWAY]...
# Where an interface has the link-layer address of this lab, it gets that name, which depends on the hypervisor otherwise.
configure_interface() {
  local name=${1%%=*} address=${1#*=} route mac current
  shift
  mac=$(mac_of "${address%/*}")
  current=$(interface_with_mac "$mac")
  if [ -n "$current" ]; then
    printf '[Match]\nMACAddress=%s\n[Link]\nName=%s\n' "$mac" "$name" | put "/etc/systemd/network/10-$name.link" || true
    if [ "$current" != "$name" ]; then
      echo "  $current becomes $name"
      ip link set "$current" down
      ip link set "$current" name "$name"
    fi
  elif [ ! -e "/sys/class/net/$name" ]; then
    fail "this machine has no interface $name, and none with the address $mac"
  fi
  {
    printf '[Match]\nName=%s\n' "$name"
    # The virtual addresses are regent's: networkd must not take them away when it is started again.
    printf '[Network]\nAddress=%s\nKeepConfiguration=yes\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n' "$address"
    for route in "$@"; do printf '[Route]\nDestination=%s\nGateway=%s\n' "${route%%=*}" "${route#*=}"; done
  } | put "/etc/systemd/network/10-$name.network" || return 0
  systemctl enable -q --now systemd-networkd
  networkctl reload
  networkctl reconfigure "$name"
}

# networkd configures in its own time; what comes next may need the address.
await_address() {
  local name=${1%%=*} address=${1#*=} tries
  for ((tries = 0; tries < 100; tries++)); do
    if ip -o -4 address show dev "$name" 2>/dev/null | grep -q "inet $address "; then return 0; fi
    sleep 0.2
  done
  fail "$name does not get $address"
}

# Node, where this machine has none that is new enough: the program that `npm run pack -- node` laid into packages/.
install_node() {
  local program
  if node -e 'const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)' 2>/dev/null; then
    return 0
  fi
  program=$(newest "$project/packages/node-linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')"-*)
  [ -n "$program" ] || fail 'needs Node 20.19 or later, or the one that npm run pack -- node lays into packages/'
  install_packages libstdc++6 libatomic1
  install -m 755 "$program" /usr/local/bin/node
  echo "  Node $(node --version)"
}

# The last of the files that exist, by version; nothing when none does.
newest() {
  local file
  for file in "$@"; do [ ! -e "$file" ] || echo "$file"; done | sort -V | tail -n 1
}
