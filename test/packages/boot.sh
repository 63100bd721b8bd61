#!/bin/bash
# Lays a Debian tree out for a machine that boots, and boots it again when it reboots. Usage, within unshare --mount: boot.sh TREE FOLDER
# TREE is only read; what is written goes to a tmpfs on FOLDER, outlives a reboot, and is forgotten with the machine.
set -euo pipefail
tree=$1 folder=$2
script=$(realpath -- "${BASH_SOURCE[0]}")

mount -t tmpfs -o size=1500M tmpfs "$folder"
mkdir "$folder"/{upper,work,root}
mount -t overlay overlay -o "lowerdir=$tree,upperdir=$folder/upper,workdir=$folder/work" "$folder/root"
# The modules of the kernel that the machine runs on.
modules=/lib/modules/$(uname -r)
if [ -d "$modules" ]; then
  mkdir -p "$folder/root$modules"
  mount --bind "$(realpath -- "$modules")" "$folder/root$modules"
fi
status=0
# The shell itself would tell of each reboot.
exec 3>&2 2>/dev/null
while :; do
  # Its processes end with this one, however that ends.
  setpriv --pdeathsig KILL unshare --fork --kill-child --pid --mount --net --uts --ipc --cgroup --propagation private \
    bash "$(dirname "$script")/first-process.sh" "$folder/root" 2>&3 || status=$?
  # A reboot ends the first process by SIGHUP (pid_namespaces(7)).
  [ "$status" = 129 ] || exit "$status"
done
