#!/bin/bash
# First process of its own namespaces (network, mounts, processes): a libvirt that shares no networks, files or sockets with the
# host's. Every process in here ends with this one.
# Usage: isolation.sh FOLDER      (prints `ready` once libvirt listens)
set -euo pipefail
folder=$1

# Otherwise libvirt would see the host's interfaces.
mount -t sysfs sysfs /sys
# No message bus, no systemd: libvirt would register its machines there.
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/libvirt /run/lock
for place in etc/libvirt var/lib/libvirt var/log/libvirt var/cache/libvirt; do
  mkdir -p "$folder/$place"
  mount --bind "$folder/$place" "/$place"
done
ip link set lo up

cat >/etc/libvirt/qemu.conf <<'END'
user = "root"
group = "root"
remember_owner = 0
cgroup_controllers = []
security_driver = "none"
stdio_handler = "file"
namespaces = []
END
printf 'auth_unix_rw = "none"\n' >/etc/libvirt/libvirtd.conf

libvirtd >"$folder/libvirtd.log" 2>&1 &
libvirtd=$!
for ((tries = 0; tries < 300; tries++)); do
  [ ! -S /run/libvirt/libvirt-sock ] || break
  kill -0 "$libvirtd" 2>/dev/null || break
  sleep 0.1
done
if [ ! -S /run/libvirt/libvirt-sock ]; then
  tail -n 20 "$folder/libvirtd.log"
  exit 1
fi
echo ready
# Also reaps orphaned processes in here.
wait "$libvirtd"
