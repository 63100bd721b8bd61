#!/bin/bash
# Has apt look at another suite of this machine's own Debian archive, whose key Debian 12 has: with sources, lists and a cache in
# FOLDER, so that the system's stay as they are. Prints the name of the configuration that apt takes then:
#   APT_CONFIG=$(bash provision/other-suite.sh FOLDER SUITE) apt-get download PACKAGE
set -euo pipefail
folder=$(realpath -m -- "$1")
suite=$2

# shellcheck source=/dev/null
. /etc/os-release
# shellcheck disable=SC2016 # apt fills these in
uri=$(apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
  awk -v release="${VERSION_CODENAME:-}" '$1 == release && $2 == "main" { print $3; exit }')
[ -n "$uri" ] || { echo "other-suite: apt names no archive of ${PRETTY_NAME:-this system}" >&2; exit 1; }

mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $suite main" >"$folder/sources.list"
# Nothing counts as installed: what is downloaded is complete in itself, whatever this machine has.
cat >"$folder/apt.conf" <<END
Dir::Etc::SourceList "$folder/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Lists "$folder/lists";
Dir::State::Status "/dev/null";
Dir::Cache "$folder/cache";
APT::Sandbox::User "root";
Debug::NoLocking "1";
END
APT_CONFIG=$folder/apt.conf apt-get update -q >&2
echo "$folder/apt.conf"
