# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Amanda: amtapetype fills a small cartridge twice and says what it holds; labels are written through the changer.
mkdir -p "$disk"/etc/amanda/vm "$disk"/var/lib/amanda/vm
cat >"$disk"/etc/amanda/vm/amanda.conf <<-END
	org "vm"
	dumpuser "root"
	logdir "/var/lib/amanda/vm"
	infofile "/var/lib/amanda/vm/curinfo"
	indexdir "/var/lib/amanda/vm/index"
	tapelist "/var/lib/amanda/vm/tapelist"
	define changer robot {
	  tpchanger "chg-robot:$CHANGER"
	  property "tape-device" "0=tape:$TAPE_1"
	  changerfile "/var/lib/amanda/vm/robot"
	}
	tpchanger "robot"
	define tapetype VM {
	  length 30 mbytes
	  blocksize 256 kbytes
	}
	tapetype VM
	labelstr "^VM-[0-9]+\$"
	define device small {
	  tapedev "tape:$TAPE_1"
	  device-property "LEOM" "TRUE"
	}
END

check "amtapetype: a small cartridge is loaded" mtx -f "$CHANGER" load 4 0
mt -f "$TAPE_1" rewind
limit=1800 in_disk amtapetype -f -b 256k -t VM vm small >/tmp/amtapetype 2>&1
code=$?
tr '\r' '\n' </tmp/amtapetype | grep -v '^File\|^ *$' | tail -n 10 | sed 's/^/# amtapetype: /'
same "amtapetype ends well" "0" "$code"
contains "amtapetype defines the type" "define tapetype VM" "$(cat /tmp/amtapetype)"
# It looks for early warning only where the device has the property.
contains "it finds early warning" "for this drive and kernel, LEOM is supported" "$(cat /tmp/amtapetype)"
length=$(sed -n 's/.*length \([0-9]*\) kbytes.*/\1/p' /tmp/amtapetype | tail -n 1)
# 32 MB are 31 250 kbytes; Amanda ends at the early warning.
check "its length is that of the cartridge" test "${length:-0}" -gt 27000 -a "${length:-0}" -lt 31251
check "amtapetype: the cartridge goes back" mtx -f "$CHANGER" unload

: >"$disk"/var/lib/amanda/vm/tapelist
for slot in 7 8; do
	check "amlabel labels the cartridge of slot $slot" in_disk amlabel vm VM-$slot slot $slot
done
in_disk amtape vm inventory >/tmp/inventory 2>&1
for slot in 7 8; do
	eval "barcode=\$BARCODE_$slot"
	contains "amtape knows label and barcode of slot $slot" "label VM-$slot barcode $barcode" "$(cat /tmp/inventory)"
done
in_disk amtape vm show >/tmp/show 2>&1
contains "amtape loads and reads slot 7" "label VM-7" "$(cat /tmp/show)"
mtx -f "$CHANGER" unload >/tmp/out 2>&1
