# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# sg3-utils decodes the pages and commands of the loaded drive.
# The load before this is news.
sg_turs -n 2 "$SG_1" >/tmp/out 2>&1
check "sg_logs reads every page" sg_logs -a "$SG_1"
logs=$(sg_logs -a "$SG_1" 2>&1)
for words in "TapeAlert response page" "Device statistics page" "Data compression page" "Tape usage page" \
	"Tape capacity page" "Volume statistics" "Non-medium error page"; do
	contains "sg_logs decodes: $words" "$words" "$logs"
done
check "sg_logs reads the subpages of 37h" sg_logs -p 0x37,0xff "$SG_1"
check "sg_logs clears page 32h" sg_logs -r -c 3 -p 0x32 "$SG_1"
sg_turs -n 2 "$SG_1" >/tmp/out 2>&1

contains "sg_vpd lists page C0h" "0xc0" "$(sg_vpd "$SG_1" 2>&1)"
for page in 0xc0 0xc1; do
	check "sg_vpd reads page $page" sg_vpd -H -p "$page" "$SG_1"
done

contains "sg_modes shows the control extension page" "4a 01 00 1c 06" "$(sg_modes -p 0x0a,1 "$SG_1" 2>&1)"
opcodes=$(sg_opcodes -a "$SG_1" 2>&1)
for words in "Read buffer" "Write buffer" "Receive diagnostic" "Report timestamp" "Set timestamp" "Read(16)" "Write(16)" \
	"Verify(16)" "Write filemarks(16)" "Erase(16)"; do
	contains "sg_opcodes lists: $words" "$words" "$opcodes"
done

check "sg_timestamp tells the time" sg_timestamp "$SG_1"
check "sg_timestamp sets the time" sg_timestamp --seconds=1700000000 "$SG_1"
contains "the time that was set" "1700000" "$(sg_timestamp -S "$SG_1" 2>&1)"
sg_turs -n 2 "$SG_1" >/tmp/out 2>&1

contains "READ BUFFER: the descriptor" "00 01 00 00" "$(sg_raw -r 4 "$SG_1" 3c 03 00 00 00 00 00 00 04 00 2>&1)"
contains "READ BUFFER: the dump" "Evertape drive d" "$(sg_raw -r 2048 "$SG_1" 3c 02 01 00 00 00 00 08 00 00 2>&1)"
check "sg_test_rwbuf writes and reads the data buffer" sg_test_rwbuf -s 65536 "$SG_1"
check "sg_senddiag lists the diagnostic pages" sg_senddiag -l "$SG_1"
check "sg_senddiag runs the self-test" sg_senddiag -t "$SG_1"
contains "sg_requests understands descriptors" "No Sense" "$(sg_requests -d "$SG_1" 2>&1)"
