#!/bin/sh
# First program of the virtual machine: finds the host's root, lays a writable layer over it and goes there.
# Runs under busybox in the initramfs, beside /config (project, exchange), /modules.list and /modules.

fail() {
  echo "regent-vm: $1"
  poweroff -f
}

/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev

while read -r module; do
  insmod "/modules/$module" || fail "cannot load $module"
done </modules.list

project='' modules='' exchange='' folders=''
# shellcheck source=/dev/null
. /config
# mount_shared MODE CACHE TAG FOLDER TARGET: a folder of the host, which 9p knows by its tag, hostfs by its path.
mount_shared() {
  case $folders in
    9p) mount -t 9p -o "$1,cache=$2,trans=virtio,version=9p2000.L,msize=524288" "$3" "$5" ;;
    hostfs) mount -t hostfs -o "$1,$4" none "$5" ;;
  esac
}
mount_shared ro loose root / /lower || fail "cannot mount the host's root"
mount -t tmpfs -o size=75% layer /layer
mkdir /layer/upper /layer/work
mount -t overlay -o lowerdir=/lower,upperdir=/layer/upper,workdir=/layer/work root /root || fail 'no overlay'

# A project below a folder that starts empty inside is kept aside for that moment.
mkdir /project
mount --bind "/root$project" /project || fail "cannot find $project"
for folder in tmp run; do
  mkdir -p "/root/$folder"
  mount -t tmpfs -o mode=1777 tmpfs "/root/$folder"
done
chmod 755 /root/run
case $project in
  /tmp/* | /run/*)
    mkdir -p "/root$project"
    mount --move /project "/root$project"
    ;;
  *) umount /project ;;
esac
# The modules of this kernel, where modprobe looks for them.
mkdir -p /root/lib/modules
mount -t tmpfs tmpfs /root/lib/modules
ln -s "$modules" "/root/lib/modules/$(uname -r)"

# A folder that the host lends to the guest for writing keeps its path.
count=0
for folder in $exchange; do
  folder=$(echo "$folder" | base64 -d)
  mkdir -p "/root$folder"
  mount_shared rw none "exchange$count" "$folder" "/root$folder" || fail "cannot mount $folder"
  count=$((count + 1))
done

cp /config /root/run/regent-vm.config
mount --move /proc /root/proc
mount --move /sys /root/sys
mount --move /dev /root/dev
exec switch_root /root /bin/bash "$project/lab/vm/guest.sh"
