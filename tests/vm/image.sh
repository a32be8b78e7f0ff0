#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes the guest: Debian's kernel (downloaded, not installed) and an initramfs of installed tools.
#   image.sh CACHE_DIR      prints the folder that holds vmlinuz and initrd
# The folder's name is a digest of every version that went in, so a later call finds it again.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=$1

# A tool by its name and the package it is told by when it is missing.
tools=(busybox:busybox-static dash:dash iscsid:open-iscsi iscsiadm:open-iscsi lsscsi:lsscsi mtx:mtx
	mt:mt-st stenc:stenc tar:tar dd:coreutils cmp:diffutils sg_inq:sg3-utils sg_vpd:sg3-utils
	sg_logs:sg3-utils sg_modes:sg3-utils sg_raw:sg3-utils sg_opcodes:sg3-utils sg_luns:sg3-utils
	sg_requests:sg3-utils sg_turs:sg3-utils sg_timestamp:sg3-utils
	sg_test_rwbuf:sg3-utils sg_senddiag:sg3-utils modprobe:kmod mkfs.ext4:e2fsprogs mkfs.xfs:xfsprogs
	dmsetup:dmsetup lvm:lvm2 cryptsetup:cryptsetup-bin)
host_tools=(depmod:kmod cpio:cpio dpkg-deb:dpkg apt-get:apt qemu-system-x86_64:qemu-system-x86)
modules=(virtio_pci virtio_net 9pnet_virtio 9p iscsi_tcp st ch sg crc32c_generic crc32c-intel
	virtio_blk ext4 xfs dm-mod dm-crypt dm-flakey dm-log-writes dm-snapshot
	aesni-intel xts ecb cbc sha256_generic algif_hash algif_skcipher)
applets=(mount umount mkdir cat sleep ip ls grep sed awk cut sort head tail cp date dmesg seq tr wc
	kill ps sync touch rm ln readlink basename expr env true false timeout od poweroff uniq
	find chmod test dirname printf sha256sum lsmod cp mkfifo)

missing() {
	echo "$*" >&2
	exit 77
}
export PATH=$PATH:/usr/sbin:/sbin
for pair in "${tools[@]}" "${host_tools[@]}"; do
	command -v "${pair%%:*}" >/dev/null || missing "package ${pair##*:} is not installed (no ${pair%%:*})"
done
# linux-image-amd64 is a name without content; it says which kernel is today's.
kernel=$(apt-cache depends linux-image-amd64 2>/dev/null | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
[ -n "$kernel" ] || missing "apt knows no linux-image-amd64 (apt-get update)"

path_of() { readlink -f "$(command -v "$1")"; }
key=$({
	apt-cache policy "$kernel" | sed -n 's/.*Candidate: //p'
	sha256sum "$here/image.sh" "$here/guest/init"
	for pair in "${tools[@]}"; do
		stat -L -c '%n %s %Y' "$(path_of "${pair%%:*}")"
	done
} | sha256sum | cut -c 1-16)
image=$cache/$key
if [ -f "$image/initrd" ] && [ -f "$image/vmlinuz" ]; then
	echo "$image"
	exit 0
fi

mkdir -p "$cache"
# Older images are of no use any more.
find "$cache" -mindepth 1 -maxdepth 1 -type d -exec rm -rf {} +
build=$(mktemp -d "$cache/making.XXXXXX")
trap 'rm -rf "$build"' EXIT
(cd "$build" && apt-get download -qq "$kernel" >"$build/download.log" 2>&1) ||
	missing "$kernel cannot be downloaded"
mkdir "$build/kernel" "$build/root"
dpkg-deb --fsys-tarfile "$build/$kernel"_*.deb | tar -x -C "$build/kernel" ./boot ./lib/modules
release=$(basename "$build"/kernel/lib/modules/*)

root=$build/root
mkdir -p "$root"/{bin,dev,proc,sys,run,tmp,etc/iscsi,share,var/lib/iscsi,lib64,"lib/modules/$release"}
ln -s bin "$root/sbin"

copy_tool() { # the file at bin/NAME, its libraries at their own paths
	local path
	path=$(path_of "$1")
	cp -L "$path" "$root/bin/$1"
	# A static one has none, and that is no failure.
	{ ldd "$path" 2>/dev/null | grep -o '/[^ ]*' || true; } | while read -r lib; do
		mkdir -p "$root$(dirname "$lib")"
		[ -e "$root$lib" ] || cp -L "$lib" "$root$lib"
	done
}
for pair in "${tools[@]}"; do
	copy_tool "${pair%%:*}"
done
for applet in "${applets[@]}"; do
	[ -e "$root/bin/$applet" ] || ln -s busybox "$root/bin/$applet"
done
# Busybox' own shell would prefer its applets to the real mt and tar.
ln -s dash "$root/bin/sh"

depmod -b "$build/kernel" "$release"
for module in "${modules[@]}"; do
	modprobe -d "$build/kernel" -S "$release" --show-depends "$module" | sed -n 's/^insmod \([^ ]*\).*/\1/p'
done | sort -u | while read -r file; do
	to=$root/${file#"$build/kernel/"}
	mkdir -p "$(dirname "$to")"
	cp "$file" "$to"
done
cp "$build/kernel/lib/modules/$release"/modules.{builtin,order} "$root/lib/modules/$release/"
cp "$build/kernel/lib/modules/$release/modules.builtin.modinfo" "$root/lib/modules/$release/"
depmod -b "$root" "$release"
cp "$here/guest/init" "$root/init"
chmod +x "$root/init"
touch "$root/etc/iscsi/iscsid.conf"
# iscsid asks who talks to it by name.
echo 'root:x:0:0:root:/:/bin/sh' >"$root/etc/passwd"
echo 'root:x:0:' >"$root/etc/group"

(cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) >"$build/initrd"
mkdir "$build/image"
mv "$build/initrd" "$build"/kernel/boot/vmlinuz-* "$build/image/"
mv "$build"/image/vmlinuz-* "$build/image/vmlinuz"
mv "$build/image" "$image"
echo "$image"
