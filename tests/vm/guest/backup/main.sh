# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# The programs are on a disk of their own, and run in it.
. /share/params
. /share/lib.sh
disk=/disk
modprobe ext4
mkdir "$disk"
mount -t ext4 /dev/vda "$disk" || not_ok "the disk with the programs is mounted"
for folder in dev proc sys; do
	mount -o bind "/$folder" "$disk/$folder"
done
# in_disk COMMAND...: as a program of the disk, with a limit.
in_disk() {
	timeout "${limit:-300}" busybox chroot "$disk" /usr/bin/env PATH=/usr/sbin:/usr/bin LC_ALL=C "$@"
}

. /share/bacula.sh

start_iscsid
face plain "$INITIATOR"
# An emulated guest on a busy machine is late: no pings, since a program does not get over a lost session, and as many
# logins as open-iscsi tries by itself.
node plain "node.conn[0].timeo.noop_out_interval" 0 "node.conn[0].timeo.noop_out_timeout" 0 \
	node.session.initial_login_retry_max 8
check "login" login plain
for part in $PARTS; do
	[ -n "$CHANGER" ] || break
	began=$(seconds)
	. "/share/parts/$part.sh"
	echo "# $part: $(echo "$began $(seconds)" | awk '{ print int($2 - $1) }') s"
done
plan_end
