#!/bin/bash
# Makes a Debian or Ubuntu machine a real server: network with the routes back to the clients, and nginx.
# Usage: provision/real-server.sh NAME [INTERFACE=ADDRESS/PREFIX]
#   NAME       what it answers to every request
#   INTERFACE  is given this address and the routes for good; leave it out where the network is configured already
set -euo pipefail
# shellcheck source=provision/common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

[ $# -gt 0 ] || fail 'usage: provision/real-server.sh NAME [INTERFACE=ADDRESS/PREFIX]'
name=$1
case ${LAB_PROFILE:-gateway} in
  # The address moves with mastership, so replies pass the director that forwarded the request.
  gateway) gateway=192.168.66.100 ;;
  # lb0 itself, as in the seed: the directors put their own address before the client's (`snat: true`).
  seed) gateway=192.168.66.11 ;;
  *) fail "LAB_PROFILE is gateway or seed, not $LAB_PROFILE" ;;
esac

echo "real server $name"
install_packages "${real_server_packages[@]}"
if [ $# -gt 1 ]; then
  configure_interface "$2" "192.168.55.0/24=$gateway"
  await_address "$2"
fi

# Debian's greeting page would answer in the place of ours.
if [ -L /etc/nginx/sites-enabled/default ]; then rm /etc/nginx/sites-enabled/default; fi
# A download without end, for clients that keep one: 4 kB a second of a file without blocks.
mkdir -p /var/www/regent-lab
truncate -s 1G /var/www/regent-lab/download
changed=no
if put /etc/nginx/conf.d/regent-lab.conf <<END
server {
  listen 80 default_server;
  default_type text/plain;
  access_log off;
  location = /download {
    root /var/www/regent-lab;
    limit_rate 4k;
  }
  location / { return 200 "$name\n"; }
}
END
then changed=yes; fi
nginx -t -q
systemctl enable -q --now nginx
if [ "$changed" = yes ]; then systemctl reload nginx; fi
