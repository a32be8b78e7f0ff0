# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# The kinds of block device.  make_KIND (its - as _) sets DISK and the FILE_SYSTEMS to try on it; its output
# goes to /tmp/out.
KINDS="plain LVM dm-crypt dm-flakey dm-log-writes memory"
FILE_SYSTEMS="ext4 xfs"
# Nobody listens to device events here, so nodes are made by the tools themselves.
export DM_DISABLE_UDEV=1

sectors() {
	cat "/sys/class/block/$(basename "$1")/size"
}

make_plain() {
	DISK=/dev/vda
}

make_LVM() {
	mkdir -p /etc/lvm /run/lvm
	echo 'activation { udev_sync = 0 udev_rules = 0 monitoring = 0 }
		devices { obtain_device_list_from_udev = 0 external_device_info_source = "none" use_devicesfile = 0 }
		global { event_activation = 0 }' >/etc/lvm/lvm.conf
	{ lvm pvcreate /dev/vdb && lvm vgcreate tapes /dev/vdb && lvm lvcreate -y -Wn -l 100%FREE -n state tapes; } \
		>/tmp/out 2>&1 || return
	DISK=/dev/mapper/tapes-state
}

make_dm_crypt() {
	echo secret >/tmp/key
	mkdir -p /run/cryptsetup
	# A key that is hard to guess takes long to derive, and is not what is tested here.
	{ cryptsetup -q luksFormat --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --key-file /tmp/key /dev/vdc &&
		cryptsetup open --key-file /tmp/key /dev/vdc secret; } >/tmp/out 2>&1 || return
	DISK=/dev/mapper/secret
}

flakey_table() { # UP DOWN [FEATURES]: seconds of good and bad, from now on
	echo "0 $(sectors /dev/vdd) flakey /dev/vdd 0 $*"
}

make_dm_flakey() {
	dmsetup create flakey --table "$(flakey_table 3600 0)" >/tmp/out 2>&1 || return
	DISK=/dev/mapper/flakey
}

flakey_set() {
	dmsetup suspend --noflush --nolockfs flakey && dmsetup reload flakey --table "$(flakey_table "$@")" &&
		dmsetup resume flakey
}

make_dm_log_writes() {
	dmsetup create log --table "0 $(sectors /dev/vde) log-writes /dev/vde /dev/vdf" >/tmp/out 2>&1 || return
	DISK=/dev/mapper/log
}

make_memory() {
	DISK=none FILE_SYSTEMS=tmpfs
}
