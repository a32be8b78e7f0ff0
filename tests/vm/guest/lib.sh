# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Words the parts are written in: ok and not ok lines, sessions, devices.

passed=0 failed=0

ok() {
	passed=$((passed + 1))
	echo "ok - $*"
}

not_ok() {
	failed=$((failed + 1))
	echo "not ok - $*"
}

# check TEXT COMMAND...: passes when the command succeeds.
check() {
	text=$1
	shift
	if "$@" >/tmp/out 2>&1; then
		ok "$text"
	else
		code=$?
		not_ok "$text"
		echo "#   $* gave $code"
		tail -n 8 /tmp/out | sed 's/^/#   /'
	fi
}

# refused TEXT COMMAND...: passes when the command fails, in reasonable time.
refused() {
	text=$1
	shift
	timeout 60 "$@" >/tmp/out 2>&1
	code=$?
	if [ $code -ne 0 ] && [ $code -ne 143 ] && [ $code -ne 124 ]; then
		ok "$text"
	else
		not_ok "$text"
		echo "#   $* gave $code"
		tail -n 8 /tmp/out | sed 's/^/#   /'
	fi
}

# same TEXT WANTED FOUND
same() {
	if [ -n "$2" ] && [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1"
		echo "#   wanted: $2"
		echo "#   found:  $3"
	fi
}

# contains TEXT WORDS FOUND
contains() {
	case $3 in
	*"$2"*) ok "$1" ;;
	*)
		not_ok "$1"
		echo "#   wanted: $2"
		echo "$3" | tail -n 8 | sed 's/^/#   found:  /'
		;;
	esac
}

seconds() {
	cut -d ' ' -f 1 /proc/uptime
}

# speed TEXT MEGABYTES BEGAN: a note, not a test; emulation says nothing about real speed.
note_speed() {
	echo "$1 $2 $3 $(seconds)" | awk '{ t = $4 - $3; printf "# %s: %d MB in %.1f s, %.1f MB/s\n", $1, $2, t, $2 / t }'
}

plan_end() {
	echo "GUEST count $passed passed, $failed failed"
}

# --- sessions ------------------------------------------------------------------------------------

PORTAL=10.0.2.2:$PORT

start_iscsid() {
	echo "InitiatorName=$INITIATOR" >/etc/iscsi/initiatorname.iscsi
	iscsid || not_ok "iscsid starts"
}

# face NAME INITIATOR: an interface record, which is how open-iscsi speaks under another name.
face() {
	iscsiadm -m iface -I "$1" -o new >/dev/null &&
		iscsiadm -m iface -I "$1" -o update -n iface.initiatorname -v "$2" >/dev/null
}

# node FACE [SETTING VALUE]...: a node record made by hand; discovery would say 127.0.0.1.
node() {
	node_face=$1
	shift
	iscsiadm -m node -T "$TARGET" -p "$PORTAL,$TPGT" -I "$node_face" -o new >/dev/null || return
	set -- node.session.timeo.replacement_timeout 20 node.session.initial_login_retry_max 1 \
		"node.conn[0].timeo.login_timeout" 15 "$@"
	while [ $# -gt 1 ]; do
		iscsiadm -m node -T "$TARGET" -p "$PORTAL" -I "$node_face" -o update -n "$1" -v "$2" >/dev/null || return
		shift 2
	done
}

login() {
	iscsiadm -m node -T "$TARGET" -p "$PORTAL" -I "$1" --login || return
	wait_devices
}

logout() {
	iscsiadm -m node -T "$TARGET" -p "$PORTAL" -I "$1" --logout || return
	for try in 1 2 3 4 5 6 7 8 9 10; do
		[ -z "$(devices)" ] && return 0
		sleep 0.5
	done
	return 1
}

# --- devices --------------------------------------------------------------------------------------

# One line per device: LUN, SCSI type, sg name.
devices() {
	for sg in /sys/class/scsi_generic/sg*; do
		[ -e "$sg/device/type" ] || continue
		address=$(basename "$(readlink -f "$sg/device")")
		echo "${address##*:} $(cat "$sg/device/type") $(basename "$sg")"
	done | sort -n
}

wait_devices() {
	for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		if [ "$(devices | wc -l)" -ge $((DRIVES + 1)) ] && [ -e /dev/nst$((DRIVES - 1)) ]; then
			find_devices
			return 0
		fi
		sleep 0.5
	done
	return 1
}

# The changer's sg, and of each drive (in order of LUN) its st and sg: CHANGER TAPE_1 SG_1 TAPE_2 ...
find_devices() {
	CHANGER=/dev/$(devices | awk '$2 == 8 { print $3; exit }')
	i=0
	for lun in $(devices | awk '$2 == 1 { print $1 }'); do
		i=$((i + 1))
		sg=$(devices | awk -v lun="$lun" '$1 == lun { print $3 }')
		tape=$(basename "$(echo /sys/class/scsi_generic/"$sg"/device/scsi_tape/nst[0-9])")
		eval "SG_$i=/dev/$sg TAPE_$i=/dev/$tape"
	done
}

# What must stay the same for a host: address within the target, type, names, serial.
passport() {
	devices | while read -r lun type sg; do
		d=/sys/class/scsi_generic/$sg/device
		echo "$lun $type $(cat "$d/vendor" "$d/model" "$d/rev" | tr '\n' ' ')" \
			"$(sg_vpd -q -p sn -H /dev/"$sg" | tr '\n' ' ')$(sg_vpd -q -p di -H /dev/"$sg" | tr '\n' ' ')"
	done
}
