#!/bin/bash
# Builds the container's image of packaging/container by podman, from a bare Debian instead of one from a registry.
# Usage: build-image.sh TREE STORE
set -euo pipefail
tree=$1 store=$(realpath -m -- "$2")
project=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
podman=(podman --root "$store" --runroot /run/regent-containers --cgroup-manager cgroupfs)
if ! "${podman[@]}" image exists localhost/regent-base; then tar -C "$tree" -c . | "${podman[@]}" import --quiet - localhost/regent-base; fi
"${podman[@]}" build --quiet --format docker --network host --isolation chroot --build-arg BASE=localhost/regent-base --tag localhost/regent \
  --file "$project/packaging/container/Dockerfile" "$project/packages"
