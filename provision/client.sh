#!/bin/bash
# Makes a Debian or Ubuntu machine the client: network, and what asks for the service.
# Usage: provision/client.sh NAME [INTERFACE=ADDRESS/PREFIX]
#   INTERFACE  is given this address for good; leave it out where the network is configured already
set -euo pipefail
# shellcheck source=provision/common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

[ $# -gt 0 ] || fail 'usage: provision/client.sh NAME [INTERFACE=ADDRESS/PREFIX]'
echo "client $1"
install_packages "${client_packages[@]}"
if [ $# -gt 1 ]; then
  configure_interface "$2"
  await_address "$2"
fi
# The drill's client is a program of Node.
install_node
