#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes a disk with backup programs of Debian for the guest: downloaded and unpacked, not installed.
#   backup-image.sh CACHE_DIR      prints the disk's path
# The name is a digest of what went in, so a later call finds it again.
set -euo pipefail
mkdir -p "$1"
cache=$(cd "$1" && pwd)
packages=(bacula-director bacula-director-sqlite3 bacula-sd bacula-fd bacula-console amanda-server
	libencode-locale-perl dump e2fsprogs sdparm sg3-utils mt-st mtx tar coreutils dash sed grep mawk findutils procps)
SPACE_MB=400 # for what the programs write, beside the programs themselves

missing() {
	echo "$*" >&2
	exit 77
}
export PATH=$PATH:/usr/sbin:/sbin
for pair in mkfs.ext4:e2fsprogs dpkg-deb:dpkg apt-get:apt; do
	command -v "${pair%%:*}" >/dev/null || missing "package ${pair##*:} is not installed (no ${pair%%:*})"
done
key=$({
	sha256sum <"$0"
	apt-cache policy "${packages[@]}" | grep -E '^[a-z]|Candidate'
} | sha256sum | cut -c 1-16)
disk=$cache/backup-$key.ext4
if [ -f "$disk" ]; then
	echo "$disk"
	exit 0
fi

rm -f "$cache"/backup-*.ext4
work=$(mktemp -d "$cache/making-backup.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/archives/partial" "$work"/tree/usr/{bin,sbin,lib,lib64}
# All that they depend on, as if nothing were installed.
apt-get -o Dir::State::status=/dev/null -o Debug::NoLocking=1 -o Dir::Cache::archives="$work/archives" -y \
	--no-install-recommends --download-only install "${packages[@]}" >"$work/download.log" 2>&1 ||
	missing "backup programs cannot be downloaded: $(tail -n 1 "$work/download.log")"
for name in bin sbin lib lib64; do
	ln -s "usr/$name" "$work/tree/$name"
done
for package in "$work"/archives/*.deb; do
	dpkg-deb --fsys-tarfile "$package" | tar -x -C "$work/tree" --keep-directory-symlink --exclude='./usr/share/doc/*/*.gz' \
		--exclude=./usr/share/man --exclude=./usr/share/locale --exclude=./usr/share/info
done
mkdir -p "$work"/tree/{dev,proc,sys,tmp,run,restore,var/lib/bacula,run/bacula,var/log/{bacula,amanda}}
# No script of a package has run, so there are no alternatives and no users.
ln -sf dash "$work/tree/usr/bin/sh"
ln -sf mawk "$work/tree/usr/bin/awk"
ln -sf mt-st "$work/tree/usr/bin/mt"
printf 'root:x:0:0::/:/bin/sh\nbackup:x:34:34::/:/bin/sh\n' >"$work/tree/etc/passwd"
printf 'root:x:0:\ntape:x:26:\nbackup:x:34:\n' >"$work/tree/etc/group"
echo '127.0.0.1 localhost' >"$work/tree/etc/hosts"
echo '/dev/vda / ext4 defaults 0 1' >"$work/tree/etc/fstab" # for dump
size=$(($(du -sm "$work/tree" | cut -f 1) + SPACE_MB))
mkfs.ext4 -q -d "$work/tree" "$work/disk" "${size}M" >&2
mv "$work/disk" "$disk"
echo "$disk"
