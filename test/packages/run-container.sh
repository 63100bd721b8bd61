#!/bin/bash
# Runs the image as compose.yaml has it, in a network namespace that stands for the host. What a sandbox lacks is left out: control
# groups, and limits beyond its own. Usage, within unshare --mount: run-container.sh STORE NAMESPACE FILE KEY
set -euo pipefail
store=$1 namespace=$2 file=$3 key=$4
mount -t cgroup2 cgroup /sys/fs/cgroup 2>/dev/null || mount -t tmpfs tmpfs /sys/fs/cgroup
exec nsenter --net="/run/netns/$namespace" podman --root "$store" --runroot /run/regent-containers --cgroup-manager cgroupfs \
  run --rm --no-healthcheck --name "$namespace" --network host --cgroups disabled --ulimit nofile=1024:4096 --ulimit nproc=4096:4096 \
  --cap-drop all --cap-add net_admin --cap-add net_raw --cap-add sys_nice --read-only --tmpfs /run/regent:mode=1777 \
  --volume "$file:/etc/regent/regent.yaml:ro" --volume "$key:/etc/regent/peers.key:ro" localhost/regent
