#!/bin/bash
# Downloads what the roles need of the distribution, and all it depends on, into packages/debian/: for machines without an
# uplink, which take it from there. Run it on the release that they run; it takes apt, its lists, and dpkg-dev (10 s, 30 MB).
# Usage: provision/download-packages.sh
set -euo pipefail
project=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=provision/packages.sh
. "$project/provision/packages.sh"

mkdir -p "$project/packages"
work=$(mktemp -d "$project/packages/downloading.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/partial"
# As if nothing were installed, since the machines' packages are not known here.
apt-get install -y -q --download-only --no-install-recommends -o Dir::State::status=/dev/null -o Dir::Cache::archives="$work" \
  -o Debug::NoLocking=1 -o APT::Sandbox::User=root \
  "${director_packages[@]}" "${real_server_packages[@]}" "${client_packages[@]}" "${node_packages[@]}" </dev/null
rm -rf "$work/partial" "$work/lock"
(cd "$work" && dpkg-scanpackages --multiversion . >Packages)
chmod -R a+rX "$work"
rm -rf "$project/packages/debian"
mv "$work" "$project/packages/debian"
