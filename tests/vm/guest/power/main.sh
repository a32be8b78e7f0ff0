# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Both file systems beside each other, each on disks of its own.
. /share/lib.sh
. /share/params
export DM_DISABLE_UDEV=1
for module in virtio_blk ext4 xfs dm-mod dm-log-writes dm-snapshot; do
	modprobe "$module" || not_ok "module $module is loaded"
done
# The emulator has then translated every program once and for all.
echo 0 >/proc/sys/kernel/randomize_va_space
mkdir -p /run/evertape
cp -r /share/bin /share/lib /run/evertape/
programs=/run/evertape/bin

# cuts FILE_SYSTEM DATA LOG CHANGES
cuts() {
	mkdir "/run/$1"
	LD_LIBRARY_PATH=/run/evertape/lib "$programs/power" "$1" "$2" "$3" "$4" "/run/$1" "$programs/evertaped" \
		"$programs/evertape" /run/evertape/lib/no_sync.so 2>"/run/$1.said"
	code=$?
	[ $code -eq 0 ] || not_ok "$1: the cuts come to their end (code $code)"
}
cuts ext4 /dev/vda /dev/vdb /dev/vdc &
cuts xfs /dev/vdd /dev/vde /dev/vdf &
wait
plan_end
