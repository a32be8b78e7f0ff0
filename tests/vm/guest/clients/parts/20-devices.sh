# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# What the kernel and sg3_utils see of the devices.
seen=$(lsscsi -g)
same "lsscsi shows one changer" 1 "$(echo "$seen" | grep -c mediumx)"
same "lsscsi shows $DRIVES drives" "$DRIVES" "$(echo "$seen" | grep -c ' tape ')"
contains "lsscsi names the changer" "$CHANGER_NAME" "$seen"
contains "lsscsi names the drives" "$DRIVE_NAME" "$seen"
check "the kernel's ch driver takes the changer" test -e /dev/sch0
same "REPORT LUNS counts every device" $((DRIVES + 1)) "$(sg_luns -q "$CHANGER" | grep -c .)"

same "the changer's serial is the library's" "$CHANGER_SERIAL" \
	"$(sg_inq -p sn "$CHANGER" | sed -n 's/.*[Uu]nit serial number: *//p')"
for i in $(seq "$DRIVES"); do
	eval "sg=\$SG_$i serial=\$DRIVE_SERIAL_$i"
	same "drive $i has its serial" "$serial" \
		"$(sg_inq -p sn "$sg" | sed -n 's/.*[Uu]nit serial number: *//p')"
done

for i in $(seq 0 "$DRIVES"); do
	if [ "$i" = 0 ]; then
		sg=$CHANGER name=changer
	else
		eval "sg=\$SG_$i"
		name="drive $i"
	fi
	# A new session has news for whoever asks first; sg_turs takes it.
	sg_turs -n 3 "$sg" >/tmp/out 2>&1
	check "$name: sg_inq" sg_inq "$sg"
	check "$name: VPD 83h is well formed" sg_vpd -p di "$sg"
	check "$name: supported VPD pages" sg_vpd "$sg"
	check "$name: sg_opcodes lists its commands" sg_opcodes -a "$sg"
	check "$name: sg_requests" sg_requests "$sg"
	check "$name: sg_modes, all pages" sg_modes -a "$sg"
	check "$name: sg_logs, list of pages" sg_logs "$sg"
	check "$name: sg_logs, TapeAlert" sg_logs -p 0x2e "$sg"
done
