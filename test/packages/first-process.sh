#!/bin/bash
# Becomes systemd, the first process of a machine's namespaces. Usage, within unshare: first-process.sh ROOT
set -euo pipefail
cd "$1"

mount -t proc proc proc
# Read-only tells networkd that no udev will come (udev_available in systemd).
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero full random urandom tty; do
  touch "dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
mount -t tmpfs -o mode=755 tmpfs run
mkdir -p host
pivot_root . host
umount --lazy host
exec env --ignore-environment container=regent-test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd </dev/null >/dev/null 2>&1
