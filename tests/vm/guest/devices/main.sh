# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Every file system on every kind of device, in one boot.
. /share/lib.sh
. /share/job.sh
. /share/kinds.sh
[ ! -e /share/only.sh ] || . /share/only.sh
programs_take
for device in $KINDS; do
	"make_$(echo "$device" | tr - _)" || {
		not_ok "$device: the device is made"
		tail -n 8 /tmp/out | sed 's/^/#   /'
		continue
	}
	for fs in $FILE_SYSTEMS; do
		name="$fs on $device"
		fs_make || continue
		main_job
		[ "$device" != dm-flakey ] || failing_job
		[ "$name" != "ext4 on LVM" ] || hanging_job
		[ "$name" != "ext4 on LVM" ] || hanging_start
		fs_end
	done
done
plan_end
