# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# mt on the loaded drive: position by filemarks and records.
file_number() {
	mt -f "$TAPE_1" status | sed -n 's/.*File number=\([-0-9]*\), block number=\([-0-9]*\).*/\1 \2/p'
}

check "mt status" mt -f "$TAPE_1" status
contains "mt says online, at the beginning" "BOT ONLINE" "$(mt -f "$TAPE_1" status)"
check "variable block size" mt -f "$TAPE_1" setblk 0
check "mt rewind" mt -f "$TAPE_1" rewind
for i in 1 2 3; do
	check "file $i is written" dd if=/share/data/words of="$TAPE_1" bs=10000 count="$i"
done
check "mt weof" mt -f "$TAPE_1" weof 2
check "mt rewind from the end" mt -f "$TAPE_1" rewind
check "mt fsf" mt -f "$TAPE_1" fsf 2
same "fsf stands behind the filemark" "2 0" "$(file_number)"
same "the third file has three records" 30000 "$(dd if="$TAPE_1" bs=10000 2>/dev/null | wc -c)"
check "mt bsfm" mt -f "$TAPE_1" bsfm 2
check "mt eod" mt -f "$TAPE_1" eod
contains "mt says end of data" EOD "$(mt -f "$TAPE_1" status)"
same "end of data is in file 5" "5 -1" "$(file_number)"
refused "nothing is read at the end of data" dd if="$TAPE_1" bs=10000 count=1
check "mt rewind again" mt -f "$TAPE_1" rewind
check "mt fsr" mt -f "$TAPE_1" fsr 1
check "mt tell" mt -f "$TAPE_1" tell
contains "tell counts records" "At block 1." "$(mt -f "$TAPE_1" tell)"
check "mt seek" mt -f "$TAPE_1" seek 3
contains "seek went there" "At block 3." "$(mt -f "$TAPE_1" tell)"
check "drive with medium: density and position pages" sg_logs -p 0x31 "$SG_1"
check "drive with medium: data compression page" sg_modes -p 0x0f "$SG_1"
check "mt offline unloads" mt -f "$TAPE_1" offline
contains "an unloaded drive is not ready" "Not Ready" "$(sg_turs -v "$SG_1" 2>&1)"
case $(mt -f "$TAPE_1" status) in
*ONLINE*) not_ok "mt does not say online" ;;
*) ok "mt does not say online" ;;
esac
check "the robot takes the cartridge back" mtx -f "$CHANGER" unload 1 0
contains "an empty drive says that it is empty" "Medium not present" "$(sg_turs -v "$SG_1" 2>&1)"
check "and loads it again" mtx -f "$CHANGER" load 1 0
