#!/bin/bash
# Boots a Debian tree with systemd as the first process of its own namespaces. Usage, within unshare: boot.sh TREE FOLDER
# TREE is only read; what is written goes to a tmpfs on FOLDER, and is forgotten with the namespaces.
set -euo pipefail
tree=$1 folder=$2

mount -t tmpfs -o size=1500M tmpfs "$folder"
mkdir "$folder"/{upper,work,root}
mount -t overlay overlay -o "lowerdir=$tree,upperdir=$folder/upper,workdir=$folder/work" "$folder/root"
cd "$folder/root"
mount -t proc proc proc
mount -t sysfs sysfs sys
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
