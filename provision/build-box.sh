#!/bin/bash
# Builds a libvirt box of Debian 13, or with BOX_SUITE=bookworm of Debian 12, from Debian's packages alone, for places where no box can
# be downloaded (about 40 s).
# It needs no loop device, no mount of its own and no virtualization: the file system, the partition table and the boot
# loader are written straight into a file. Run as root, with mmdebstrap, e2fsprogs, fdisk, grub-pc-bin, grub-common,
# qemu-utils and Vagrant's public insecure key.
# Usage: provision/build-box.sh FILE.box      (an existing box is kept while what it is made from has not changed)
set -euo pipefail

if [ $# != 1 ]; then
  echo 'usage: provision/build-box.sh FILE.box' >&2
  exit 2
fi
box=$(realpath -m -- "$1")
script=$(realpath -- "${BASH_SOURCE[0]}")
suite=${BOX_SUITE:-trixie}
case $suite in
  trixie | bookworm) ;;
  *)
    echo "build-box: BOX_SUITE is trixie or bookworm, not $suite" >&2
    exit 2
    ;;
esac
megabytes=2048

# shellcheck source=provision/packages.sh
. "$(dirname -- "$script")/packages.sh"

packages=(
  linux-image-cloud-amd64 initramfs-tools lz4 zstd # the kernel: it has ip_vs with its schedulers, and virtio
  systemd-sysv udev                                # a machine that boots and shuts down
  openssh-server sudo rsync                        # what Vagrant speaks to
  iputils-ping tcpdump ca-certificates             # what its users look with
  # It is any of the roles, without an uplink.
  "${director_packages[@]}" "${real_server_packages[@]}" "${client_packages[@]}" "${node_packages[@]}"
)

keys=(/usr/share/rubygems-integration/all/gems/vagrant-*/keys/vagrant.pub /opt/vagrant/embedded/gems/gems/vagrant-*/keys/vagrant.pub)
key=
for candidate in "${keys[@]}"; do [ ! -e "$candidate" ] || key=$candidate; done
[ -n "$key" ] || { echo 'build-box: cannot find the public insecure key of Vagrant: is Vagrant installed?' >&2; exit 1; }

inputs=$({ echo "$suite"; cat "$script" "$(dirname -- "$script")/packages.sh" "$key"; } | sha256sum | cut -d ' ' -f 1)
if [ -e "$box" ] && [ "$(cat "$box.inputs" 2>/dev/null)" = "$inputs" ]; then exit 0; fi

mkdir -p "$(dirname "$box")"
work=$(mktemp -d "$(dirname "$box")/building.XXXXXX")
trap 'rm -rf "$work"' EXIT
root=$work/root

# Runs inside the new system's folder, once its packages are there.
customize() {
  local root=$1
  # An emulated machine boots in half the time with an initramfs that holds only what mounts its disk.
  printf '%s\n' virtio_pci virtio_blk ext4 >>"$root/etc/initramfs-tools/modules"
  printf 'MODULES=list\nCOMPRESS=lz4\n' >"$root/etc/initramfs-tools/conf.d/regent"
  chroot "$root" update-initramfs -u -k all
  printf '/dev/vda1 / ext4 noatime 0 1\n' >"$root/etc/fstab"
  echo debian >"$root/etc/hostname"
  printf '127.0.0.1 localhost\n127.0.1.1 debian\n' >"$root/etc/hosts"
  # Where a lease names a resolver, networkd's file would need resolved; without an uplink an empty file answers at once.
  rm -f "$root/etc/resolv.conf"
  : >"$root/etc/resolv.conf"
  : >"$root/etc/machine-id"

  chroot "$root" useradd --create-home --shell /bin/bash vagrant
  echo 'vagrant ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/vagrant"
  chmod 440 "$root/etc/sudoers.d/vagrant"
  install -d -m 700 "$root/home/vagrant/.ssh"
  install -m 600 "$key" "$root/home/vagrant/.ssh/authorized_keys"
  chroot "$root" chown -R vagrant:vagrant /home/vagrant/.ssh
  # Without it sshd looks up the client's name, and waits where no name server answers.
  printf 'UseDNS no\n' >"$root/etc/ssh/sshd_config.d/vagrant.conf"
  # Newer ones refuse an address whose connections ended before they had logged in, as Vagrant's do while the machine boots.
  [ "$suite" = bookworm ] || printf 'PerSourcePenalties no\n' >>"$root/etc/ssh/sshd_config.d/vagrant.conf"
  # Emulated beside other work, sshd and networkd take longer to start than the 90 s that systemd gives them, and devices to appear.
  mkdir -p "$root/etc/systemd/system.conf.d"
  printf '[Manager]\nDefaultTimeoutStartSec=15min\nDefaultDeviceTimeoutSec=15min\n' >"$root/etc/systemd/system.conf.d/emulated.conf"

  # The first interface is Vagrant's own; the others are the lab's and configured by provisioning.
  printf '[Match]\nName=eth0\n[Network]\nDHCP=ipv4\nIPv6AcceptRA=no\nLinkLocalAddressing=no\n' >"$root/etc/systemd/network/50-vagrant.network"
  chroot "$root" systemctl enable -q systemd-networkd
  # Each saves an emulated machine time at every boot, and a lab needs none of them.
  chroot "$root" systemctl mask -q systemd-networkd-wait-online.service getty@tty1.service serial-getty@ttyS0.service apt-daily.timer \
    apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer systemd-binfmt.service \
    systemd-pstore.service systemd-update-utmp.service systemd-update-utmp-runlevel.service \
    dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount sys-kernel-tracing.mount
  # The provisioning of a role starts what the role is.
  chroot "$root" systemctl disable -q nginx ssh.socket 2>/dev/null || chroot "$root" systemctl disable -q nginx
  chroot "$root" apt-get clean
  rm -rf "$root"/var/lib/apt/lists/* "$root"/usr/share/doc/* "$root"/usr/share/man/* "$root"/usr/share/locale/*
}

mmdebstrap --quiet --mode=root --variant=minbase --include="$(IFS=,; echo "${packages[*]}")" "$suite" "$root"
customize "$root"

disk=$work/disk.img
truncate -s "${megabytes}M" "$disk"
# One partition behind the first megabyte, which holds the boot loader.
printf 'label: dos\nstart=2048, type=83, bootable\n' | sfdisk -q "$disk"
kernel=$(basename "$root"/boot/vmlinuz-*)
initrd=$(basename "$root"/boot/initrd.img-*)
mkdir -p "$root/boot/grub"
# No protection from others on the same processor: the machine has one user. The interfaces are eth0, eth1, … until provisioning names them.
printf 'linux /boot/%s root=/dev/vda1 ro quiet console=ttyS0 net.ifnames=0 mitigations=off random.trust_cpu=on tsc=reliable no_timer_check\ninitrd /boot/%s\nboot\n' \
  "$kernel" "$initrd" >"$root/boot/grub/grub.cfg"
mkfs.ext4 -q -d "$root" -E offset=1048576 "$disk" "$((megabytes - 1))M"
grub-mkimage -O i386-pc -o "$work/core.img" -p '(hd0,msdos1)/boot/grub' biosdisk part_msdos ext2 linux normal
dd if=/usr/lib/grub/i386-pc/boot.img of="$disk" bs=440 count=1 conv=notrunc status=none
dd if="$work/core.img" of="$disk" bs=512 seek=1 conv=notrunc status=none

qemu-img convert -O qcow2 "$disk" "$work/box.img"
printf '{ "provider": "libvirt", "format": "qcow2", "virtual_size": %s }\n' "$(((megabytes + 1023) / 1024))" >"$work/metadata.json"
printf 'Vagrant.configure("2") { |config| config.vm.guest = :debian }\n' >"$work/Vagrantfile"
tar -C "$work" -cf "$work/box.tar" metadata.json Vagrantfile box.img
mv "$work/box.tar" "$box"
echo "$inputs" >"$box.inputs"
