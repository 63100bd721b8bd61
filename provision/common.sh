# shellcheck shell=bash
# What the roles' scripts share. Each of them may run again at will: it changes only what is not yet as it should be, and
# disturbs nothing that is.

project=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
export DEBIAN_FRONTEND=noninteractive
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# What is written here is read by services that are not root.
umask 022
# shellcheck source=provision/packages.sh
. "$project/provision/packages.sh"
# shellcheck source=provision/node.sh
. "$project/provision/node.sh"

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
  # A program that watches the file finds it whole.
  { mkdir -p "$(dirname "$file")" && printf '%s' "$text" >"$file.new" && mv "$file.new" "$file"; } || fail "cannot write $file"
  echo "  wrote $file"
}

# Installs those Debian packages that are missing; a machine that has them all needs no uplink, nor does a machine that is given those
# that provision/download-packages.sh lays beside regent.
install_packages() {
  local package missing=() offline=$project/packages/debian from=()
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  echo "  Debian packages: ${missing[*]}"
  if [ -e "$offline/Packages" ]; then
    echo "deb [trusted=yes] file:$offline ./" >/run/regent-offline.list
    from=(-o Dir::Etc::SourceList=/run/regent-offline.list -o Dir::Etc::SourceParts=- -o APT::Get::List-Cleanup=0)
  fi
  apt-get update -q "${from[@]}"
  apt-get install -y -q --no-install-recommends "${from[@]}" "${missing[@]}" </dev/null
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

has_address() { grep -q "inet $2 " <<<"$(ip -o -4 address show dev "$1" 2>/dev/null)"; }

# Two managers of one interface undo each other's work, so another one keeps it.
refuse_managed() {
  local name=$1 manager=
  if grep -qsE "^[[:space:]]*iface[[:space:]]+${name}[[:space:]]" /etc/network/interfaces /etc/network/interfaces.d/*; then
    manager=/etc/network/interfaces
  elif [ "$(nmcli -g GENERAL.NM-MANAGED device show "$name" 2>/dev/null)" = yes ]; then
    manager=NetworkManager
  fi
  [ -z "$manager" ] || fail "$name is configured by $manager: give it its address and routes there, and leave it out here"
}

# Names and configures one interface for good: configure_interface enp0s8=192.168.66.11/24 [DESTINATION=GATEWAY]...
# Where an interface has the link-layer address of this lab, it gets that name, which depends on the hypervisor otherwise.
configure_interface() {
  local name=${1%%=*} address=${1#*=} route mac current changed=no
  shift
  mac=$(mac_of "${address%/*}")
  current=$(interface_with_mac "$mac")
  if [ -n "$current" ]; then
    printf '[Match]\nMACAddress=%s\n[Link]\nName=%s\n' "$mac" "$name" | put "/etc/systemd/network/05-$name.link" || true
    if [ "$current" != "$name" ]; then
      echo "  $current becomes $name"
      ip link set "$current" down
      ip link set "$current" name "$name"
    fi
  elif [ ! -e "/sys/class/net/$name" ]; then
    fail "this machine has no interface $name, and none with the address $mac"
  fi
  refuse_managed "$name"
  # Of several files for an interface the first counts; netplan's, on Ubuntu, begin with 10.
  if {
    printf '[Match]\nName=%s\n' "$name"
    # The virtual addresses are regent's: networkd must not take them away when it is started again.
    printf '[Network]\nAddress=%s\nKeepConfiguration=yes\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n' "$address"
    for route in "$@"; do printf '[Route]\nDestination=%s\nGateway=%s\n' "${route%%=*}" "${route#*=}"; done
  } | put "/etc/systemd/network/05-$name.network"; then changed=yes; fi
  if [ "$changed" = no ] && has_address "$name" "$address"; then return 0; fi
  systemctl enable -q --now systemd-networkd
  # Started by the next boot, but not by its installation; networkctl asks by it.
  systemctl start dbus.socket
  ask_networkd reload
  ask_networkd reconfigure "$name"
}

# networkctl gives up after 25 s, in which an emulated machine beside others may not have answered.
ask_networkd() {
  local tries
  for ((tries = 0; tries < 4; tries++)); do
    if networkctl "$@"; then return 0; fi
    sleep 2
  done
  fail "networkctl $* does not end well"
}

# networkd configures in its own time; what comes next may need the address.
await_address() {
  local name=${1%%=*} address=${1#*=} tries
  for ((tries = 0; tries < 600; tries++)); do
    if has_address "$name" "$address"; then return 0; fi
    sleep 0.2
  done
  fail "$name does not get $address"
}

# Loads the modules that a file of /etc/modules-load.d names, as systemd does at each boot.
load_modules() {
  local module missing=()
  while read -r module; do
    case $module in '' | '#'*) continue ;; esac
    modprobe -q "$module" || missing+=("$module")
  done <"$1"
  [ ${#missing[@]} -eq 0 ] ||
    fail "the kernel $(uname -r) has no ${missing[*]}: Ubuntu keeps what its images lack in linux-modules-extra-$(uname -r)"
}

# Node, where this machine has none that is new enough: the program that `npm run pack -- node` laid into packages/.
install_node() {
  local program
  if has_node; then return 0; fi
  program=$(newest "$project/packages/node-linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')"-*)
  [ -n "$program" ] || fail 'needs Node 20.19 or later, or the Node that npm run pack -- node lays into packages/'
  install_packages "${node_packages[@]}"
  install -m 755 "$program" /usr/local/bin/node
  echo "  Node $(node --version)"
}

# The last of the files that exist, by version; nothing when none does.
newest() {
  local file
  for file in "$@"; do [ ! -e "$file" ] || echo "$file"; done | sort -V | tail -n 1
}
