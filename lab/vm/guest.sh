#!/bin/bash
# Second program of the virtual machine: loads the network modules, then runs what arrives at its session ports.
#
# A session has two ports, `data` and `error`: virtio ports nr 1, 3, 5, … and 2, 4, 6, …, or serial lines of user-mode Linux;
# on these the guest says `ready` once it hears bytes as they are. The host sends on `data`
#   LF run NONCE ROWS COLUMNS ARGUMENTS LF      (ROWS 0: no terminal; ARGUMENTS: base64 of NUL-ended words)
# then raw input to a terminal, or without one lines `signal NAME`. The guest answers with standard output on `data` and
# standard error on `error`; each begins with NUL NONCE LF and ends with NUL NONCE SPACE exit-code LF.
# The end of the stream from the host means that it has gone.

sessions=1 folders=''
# shellcheck source=/dev/null
. /run/regent-vm.config
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root SHELL=/bin/bash
hostname regent-vm
mkdir -p /dev/shm /dev/pts
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
mount -t devpts -o mode=620,ptmxmode=666 devpts /dev/pts
mount -t cgroup2 cgroup /sys/fs/cgroup
ln -s /proc/self/fd /dev/fd
for name in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/${name%:*}" "/dev/${name#*:}"; done
ip link set lo up

# One modprobe with all names; a kernel without one of them still serves commands that do not need it.
modprobe -a -q ip_vs ip_vs_{rr,wrr,lc,wlc,sh,mh,dh,sed,nq,fo,ovf} veth bridge dummy macvlan af_packet nf_conntrack \
  nf_tables nft_ct nft_nat nft_masq nft_chain_nat

# Never readable, so that `read -t` on it is a sleep without a process.
exec 9<> <(:)

# What to kill when the host goes; whether it has gone already is looked at after that is known.
target_is() {
  echo "$nonce $*" >"$place/target"
  [ "$(cat "$place.gone")" != "$nonce" ] || kill -KILL -- "$@"
}

run_plain() {
  local group watcher out error code
  mkfifo "$place/out" "$place/error"
  cat <"$place/out" >&3 & out=$!
  cat <"$place/error" >&4 & error=$!
  # A shell starts what runs in its background deaf to SIGINT.
  setsid env --default-signal=INT,QUIT "$@" </dev/null >"$place/out" 2>"$place/error" 3>&- 4>&- 9>&- & group=$!
  # First the process itself, which may not lead its group yet; then all of the group. A process that has left the group may hold
  # an output open for ever, so what copies them goes too.
  local -a all=("$group" "-$group" "$out" "$error")
  target_is "${all[@]}"
  {
    while read -r word name; do
      [ "$word" = signal ] && kill -s "$name" -- "-$group"
    done
    kill -KILL -- "${all[@]}"
  } <&3 & watcher=$!
  wait "$group"; code=$?
  wait "$out" "$error"
  kill "$watcher"; wait "$watcher"
  return "$code"
}

run_terminal() {
  local rows=$1 columns=$2 group input watcher code
  mkfifo "$place/in"
  shift 2
  cat <&3 >"$place/in" & input=$!
  env --default-signal=INT,QUIT script -q -e -c "stty rows $rows cols $columns; exec $(printf '%q ' "$@")" /dev/null <"$place/in" >&3 2>&1 4>&- 9>&- & group=$!
  target_is "$group"
  { tail --pid="$input" -s 0.2 -f /dev/null; kill -KILL "$group"; } & watcher=$!
  wait "$group"; code=$?
  kill "$input" "$watcher"; wait "$input" "$watcher"
  return "$code"
}

serve() {
  local verb nonce rows columns words argv code
  exec 3<>"$2" 4<>"$3"
  if [ "$folders" = hostfs ]; then
    stty raw -echo <&3
    stty raw -echo <&4
    echo ready >&3
  fi
  place=/run/regent-vm.$1
  while :; do
    until read -r verb nonce rows columns words <&3; do read -r -t 0.2 -u 9; done
    [ "$verb" = run ] || continue
    printf '\0%s\n' "$nonce" >&4
    printf '\0%s\n' "$nonce" >&3
    mapfile -d '' -t argv < <(base64 -d <<<"$words")
    mkdir "$place"
    if [ "$rows" = 0 ]; then run_plain "${argv[@]}"; else run_terminal "$rows" "$columns" "${argv[@]}"; fi
    code=$?
    rm -r "$place"
    # The host may end the machine at the mark.
    sync
    printf '\0%s %s\n' "$nonce" "$code" >&4
    printf '\0%s %s\n' "$nonce" "$code" >&3
  done
} 2>/dev/null

# Serial lines that several hosts enter one after the other never end: a line more tells whose host has gone, by slot and nonce.
hang_up() {
  local slot gone nonce target
  exec 3<>"$1"
  stty raw -echo <&3
  while :; do
    until read -r slot gone <&3; do read -r -t 0.2 -u 9; done
    echo "$gone" >"/run/regent-vm.$slot.gone"
    read -r nonce target <"/run/regent-vm.$slot/target" || continue
    # shellcheck disable=SC2086
    [ "$nonce" != "$gone" ] || kill -KILL -- $target
  done
} 2>/dev/null

if [ "$folders" = hostfs ]; then
  for ((slot = 0; slot < sessions; slot++)); do serve "$slot" "/dev/ttyS$((2 * slot))" "/dev/ttyS$((2 * slot + 1))" & done
  if [ "$sessions" != 1 ]; then hang_up "/dev/ttyS$((2 * sessions))" & fi
  wait
fi
for ((slot = 0; slot < sessions; slot++)); do
  until data=$(compgen -G "/dev/vport*p$((2 * slot + 1))") && error=$(compgen -G "/dev/vport*p$((2 * slot + 2))"); do
    read -r -t 0.05 -u 9
  done
  serve "$slot" "$data" "$error" &
done
wait
