# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# tar and dump over two cartridges; the program that changes them is theirs to call.
first=7 second=8
data=$disk/volumes
mkdir -p "$data"
for i in 1 2 3 4; do
	dd if=/dev/urandom of="$data/random-$i" bs=1000003 count=10 2>/dev/null
done
volumes_digests() {
	(cd "$1" && find . -type f -exec sha256sum {} + | sort)
}
# change FROM TO: as a program; every call changes the cartridge of the first drive.
cat >"$disk/usr/bin/next-volume" <<-END
	#!/bin/sh
	mt -f $TAPE_1 offline
	mtx -f $CHANGER unload $first 0 && mtx -f $CHANGER load $second 0 && echo next >>/tmp/changes
END
# restore calls its program at the beginning of every volume, the first too; the number is the second argument.
cat >"$disk/usr/bin/next-but-first" <<-END
	#!/bin/sh
	[ "\$2" = 1 ] || exec next-volume
END
chmod +x "$disk/usr/bin/next-volume" "$disk/usr/bin/next-but-first"
# from_first: the first cartridge is in the drive, at its beginning.
from_first() {
	mtx -f "$CHANGER" unload
	mtx -f "$CHANGER" load $first 0 && mt -f "$TAPE_1" rewind
}
changes() {
	grep -c next "$disk/tmp/changes"
}

check "volumes: the first cartridge is loaded" from_first
check "mt: variable blocks for tar" in_disk mt -f "$TAPE_1" setblk 0
check "tar writes over two cartridges" in_disk tar -c -M -F /usr/bin/next-volume -b 64 -f "$TAPE_1" -C /volumes .
same "tar changed once" 1 "$(changes)"
check "volumes: the first cartridge again" from_first
check "tar compares over two cartridges" in_disk tar -d -M -F /usr/bin/next-volume -b 64 -f "$TAPE_1" -C /volumes
same "tar changed once to compare" 2 "$(changes)"

check "volumes: the first cartridge for dump" from_first
check "dump writes over two cartridges" in_disk dump -0 -a -b 64 -F /usr/bin/next-volume -f "$TAPE_1" /volumes
same "dump changed once" 3 "$(changes)"
check "volumes: the first cartridge for restore" from_first
mkdir "$disk/restored"
check "restore reads over two cartridges" in_disk sh -c \
	"cd /restored && restore -r -b 64 -F /usr/bin/next-but-first -f $TAPE_1"
same "restore changed once" 4 "$(changes)"
same "what was restored is what was dumped" "$(volumes_digests "$data")" "$(volumes_digests "$disk/restored/volumes")"
check "volumes: the cartridge goes back" mtx -f "$CHANGER" unload
