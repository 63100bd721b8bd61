# shellcheck shell=bash
# shellcheck disable=SC2034 # read by the scripts that take this one in
# What each role needs of its distribution, by the names that Debian and Ubuntu share.

network_packages=(iproute2 dbus)
director_packages=(ipvsadm nftables kmod procps "${network_packages[@]}")
# net-tools: `route -n`, as the lab shows it.
real_server_packages=(nginx-light net-tools "${network_packages[@]}")
client_packages=(curl iputils-arping "${network_packages[@]}")
# What Node's own build is linked with.
node_packages=(libstdc++6 libatomic1)
