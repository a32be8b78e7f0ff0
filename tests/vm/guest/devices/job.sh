# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# The main job: a daemon on this disk, a library, a stream, a kill, the same bytes again, and the end.
INITIATOR=iqn.2026-01.test.guest:devices
STREAM="--size 24M --block 256K --filemark 4M --seed 5 --initiator $INITIATOR --timeout 30"
state=/disk/state
daemon=

# From the host's folder into memory, so that no command waits for the share.
programs_take() {
	mkdir -p /run/evertape /disk
	cp -r /share/bin /share/lib /run/evertape/
}

# A limit on each command: what hangs fails, and the next line is tried.
evertape() {
	limit=60
	LD_LIBRARY_PATH=/run/evertape/lib timeout $limit /run/evertape/bin/evertape --state $state "$@"
}

stream() {
	# shellcheck disable=SC2086 # options
	LD_LIBRARY_PATH=/run/evertape/lib timeout 120 /run/evertape/bin/evertape stream $STREAM "$@" \
		--portal 127.0.0.1:3260
}

daemon_start() {
	: >/tmp/daemon.log # the log of the daemon before says ready, too
	# No function: $! is to be the daemon, not a shell around it.
	LD_LIBRARY_PATH=/run/evertape/lib /run/evertape/bin/evertaped --state $state --listen 127.0.0.1:3260 2>/tmp/daemon.log &
	daemon=$!
	for try in $(seq 300); do
		grep -qx ready /tmp/daemon.log && return 0
		kill -0 "$daemon" 2>/dev/null || break
		sleep 0.1
	done
	cat /tmp/daemon.log
	return 1
}

daemon_alive() {
	kill -0 "$daemon"
}

daemon_kill() {
	kill -9 "$daemon"
	wait "$daemon" 2>/dev/null
	daemon=
}

# daemon_stop: ends with 0 in under 10 s.
daemon_stop() {
	began=$(cut -d . -f 1 /proc/uptime)
	kill -TERM "$daemon"
	for try in $(seq 150); do
		kill -0 "$daemon" 2>/dev/null || break
		sleep 0.1
	done
	kill -9 "$daemon" 2>/dev/null
	wait "$daemon"
	code=$?
	daemon=
	took=$(($(cut -d . -f 1 /proc/uptime) - began))
	echo "code $code, $took s"
	tail -n 5 /tmp/daemon.log
	[ $code -eq 0 ] && [ $took -lt 10 ]
}

fs_make() {
	case $fs in
	ext4) mkfs.ext4 -q -F -E lazy_itable_init=0,lazy_journal_init=0 "$DISK" >/tmp/out 2>&1 ;;
	xfs) mkfs.xfs -q -f "$DISK" >/tmp/out 2>&1 ;;
	tmpfs) ;;
	esac && mount -t "$fs" "$DISK" /disk >>/tmp/out 2>&1 && return
	not_ok "$name: it is made and mounted"
	tail -n 8 /tmp/out | sed 's/^/#   /'
	return 1
}

fs_end() {
	[ -z "$daemon" ] || daemon_kill
	umount /disk || umount -l /disk
}

library_make() {
	evertape library create v --drives 2 --slots 4 && evertape cartridge create V00001L8 V00002L8 &&
		evertape initiator allow $INITIATOR
}

main_job() {
	mkdir -m 700 $state
	check "$name: the daemon starts" daemon_start
	check "$name: a library and cartridges are made" library_make
	check "$name: a cartridge is loaded" evertape drive load 1 V00001L8
	check "$name: a stream is written" stream --phases write
	daemon_kill
	check "$name: the daemon starts after kill -9" daemon_start
	check "$name: the stream reads back equal" stream --phases read
	check "$name: SIGTERM ends the daemon with 0 in under 10 s" daemon_stop
}

# On dm-flakey only.  V00001L8 holds the stream of the main job.
failing_job() {
	check "$name: the daemon starts again" daemon_start
	check "$name: another cartridge takes its place" evertape drive unload 1
	check "$name: it is loaded" evertape drive load 1 V00002L8
	writes_fail
	check "$name: the daemon goes on while writes fail" daemon_alive
	check "$name: it answers its administrator while writes fail" evertape status
	check "$name: and tells monitoring which cartridge lost data" health_says 'critical: cartridge V00002L8: .*lost'
	check "$name: SIGTERM ends it in under 10 s while writes fail" daemon_ends
	umount /disk
	check "$name: the disk is well again" flakey_set 3600 0
	check "$name: it can be mounted again" mount -t "$fs" "$DISK" /disk
	check "$name: the daemon starts on the disk that failed" daemon_start
	check "$name: the cartridge that failed is unloaded" evertape drive unload 1
	check "$name: the one of before is loaded" evertape drive load 1 V00001L8
	check "$name: what was synchronised before reads back equal" stream --phases read
	check "$name: the cartridge that failed is loaded" evertape drive load 2 V00002L8
	check "$name: SIGTERM ends the daemon with 0 in under 10 s" daemon_stop
}

# Whatever its exit status: what cannot be synchronised is no success.
daemon_ends() {
	daemon_stop || { [ $took -lt 10 ] && [ $code -le 1 ]; }
}

# Writes begin to fail in the middle of a stream.  The host hears of it by a status, soon; it is neither
# left waiting nor cut off.
writes_fail() {
	stream --phases write --size 100M >/tmp/stream.out 2>&1 &
	host=$!
	for try in $(seq 100); do
		[ "$(written)" -lt 8000000 ] || break
		sleep 0.1
	done
	check "$name: writes begin to fail" flakey_set 0 3600 1 error_writes
	wait "$host"
	code=$?
	if [ $code -eq 1 ] && grep -qE 'MEDIUM ERROR|HARDWARE ERROR|DATA PROTECT' /tmp/stream.out; then
		ok "$name: the host hears a clean error"
	else
		not_ok "$name: the host hears a clean error (code $code)"
	fi
	tail -n 3 /tmp/stream.out | sed 's/^/#   /'
}

# status --check exits 2, with a line like this.
health_says() {
	evertape status --check >/tmp/health 2>&1
	code=$?
	[ $code -eq 2 ] && grep -q "$1" /tmp/health && return
	echo "code $code"
	cat /tmp/health
	tail -n 8 /tmp/stream.out /tmp/daemon.log
	return 1
}

# Bytes that hosts wrote to the drive.
written() {
	evertape --json drive show 1 2>/dev/null | tr ',{}' '[\n*]' | sed -n 's/.*"bytes_written": *\([0-9]*\).*/\1/p' | head -n 1 |
		grep . || echo 0
}

# On LVM only, where a device can be suspended: what it is asked for then hangs in the kernel, reads as well.
# V00001L8 holds the stream of the main job.
hanging_job() {
	echo "storage-timeout = 3" >$state/evertaped.conf
	check "$name: the daemon starts again" daemon_start
	check "$name: the device hangs" dmsetup suspend --noflush --nolockfs "$DISK"
	stream --phases read >/tmp/out 2>&1
	code=$?
	if [ $code -eq 1 ] && grep -q 'HARDWARE ERROR.*3Eh/02h' /tmp/out; then
		ok "$name: a host that reads hears in time that the drive does not answer"
	else
		not_ok "$name: a host that reads hears in time that the drive does not answer (code $code)"
		tail -n 4 /tmp/out | sed 's/^/#   /'
	fi
	check "$name: its administrator is answered while the device hangs" evertape drive show 1
	check "$name: and so is monitoring" health_says 'drive:1: cartridge files do not respond'
	check "$name: the device answers again" dmsetup resume "$DISK"
	check "$name: the drive comes back" drive_idle
	check "$name: the stream reads back equal" stream --phases read
	check "$name: SIGTERM ends the daemon with 0 in under 10 s" daemon_stop
	rm $state/evertaped.conf
}

# The same device, suspended and its file system frozen, when the daemon starts.
hanging_start() {
	check "$name: the device and its file system hang" dmsetup suspend --noflush "$DISK"
	check "$name: SIGTERM ends a start that waits for them, and it says so" start_hangs
	check "$name: the device answers again" dmsetup resume "$DISK"
	check "$name: then that daemon is gone, with 1" start_ended
	check "$name: the next one starts" daemon_start
	check "$name: the stream reads back equal" stream --phases read
	check "$name: SIGTERM ends the daemon with 0 in under 10 s" daemon_stop
}

start_hangs() {
	: >/tmp/daemon.log
	LD_LIBRARY_PATH=/run/evertape/lib /run/evertape/bin/evertaped --state $state --listen 127.0.0.1:3260 2>/tmp/daemon.log &
	daemon=$!
	for try in $(seq 200); do
		grep -q '^State:.D' /proc/$daemon/task/*/status 2>/dev/null && break
		sleep 0.1
	done
	grep '^State:.D' /proc/$daemon/task/*/status || return
	kill -TERM "$daemon"
	for try in $(seq 300); do
		grep -q 'shutdown timed out' /tmp/daemon.log && break
		sleep 0.1
	done
	cat /tmp/daemon.log
	grep -q 'do not respond' /tmp/daemon.log && ! grep -qx ready /tmp/daemon.log
}

start_ended() {
	wait "$daemon"
	code=$?
	daemon=
	echo "code $code"
	[ $code -eq 1 ]
}

drive_idle() {
	for try in $(seq 100); do
		evertape --json drive show 1 | grep -q '"activity": *"idle"' && return 0
		sleep 0.1
	done
	tail -n 5 /tmp/daemon.log
	return 1
}
