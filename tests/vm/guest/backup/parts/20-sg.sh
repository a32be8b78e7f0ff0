# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# sg3_utils, sdparm and mtx's programs of the disk: memory of a cartridge, every page, partitions, and what is refused.

# says TEXT WORDS... -- COMMAND...: it succeeds and its output contains each of the words.
says() {
	text=$1
	shift
	: >/tmp/words
	while [ "$1" != -- ]; do
		echo "$1" >>/tmp/words
		shift
	done
	shift
	if in_disk "$@" >/tmp/out 2>&1; then
		while read -r words; do
			contains "$text: $words" "$words" "$(cat /tmp/out)"
		done </tmp/words
	else
		not_ok "$text: $* gave $?"
		tail -n 8 /tmp/out | sed 's/^/#   /'
	fi
}

# refuses TEXT WORDS COMMAND...: it fails and says so.
refuses() {
	text=$1 words=$2
	shift 2
	if in_disk "$@" >/tmp/out 2>&1; then
		not_ok "$text"
	else
		contains "$text" "$words" "$(cat /tmp/out)"
	fi
}

sg_turs -n 3 "$CHANGER" >/tmp/out 2>&1
check "sg: a cartridge is loaded" mtx -f "$CHANGER" load "$BIG" 0
sg_turs -n 3 "$SG_1" >/tmp/out 2>&1
eval "barcode=\$BARCODE_$BIG"
says "sg_read_attr" "Volume identifier: $barcode" "Medium manufacturer: EVERTAPE" "Load count: 1" "Medium density code: 0x5e" \
	-- sg_read_attr "$SG_1"
says "sg_read_attr lists" "Medium usage history" "User medium text label" "Volume coherency information" -- sg_read_attr --sa=5 "$SG_1"
says "sg_logs" "Supported log pages and subpages" "Total uncorrected errors = 0" "Lifetime media loads: " "Lifetime power cycles: 1" \
	"Hard write errors: 0" "Hard read errors: 0" "Volume barcode: $barcode" "Data compression enabled: 0x1" \
	"Main partition remaining capacity (in MiB): " "MPRSNT=1 MSTD=1 MTHRD=1 MOUNTED=1" "Recoverable mechanical cartridge failure: 0" \
	-- sg_logs -A "$SG_1"
says "sg_vpd" "Unit serial number [sn]" "Sequential access device capabilities (SSC) [sad]" -- sg_vpd "$SG_1"
says "sg_vpd of every page" "Unit serial number: $DRIVE_SERIAL_1" "ULT3580" "SPT=1" "WORM=1" "Automation device serial number: $CHANGER_SERIAL" \
	"Data transfer device element address: " "method: 1, info_len: 4" "Drive component revision levels" -- sg_vpd -a "$SG_1"
says "sg_vpd of the changer" "Unit serial number: $CHANGER_SERIAL" "SCSI name string:" -- sg_vpd -a "$CHANGER"
says "sg_modes" "Density code=0x5e" "Data Compression, page_control: current" "Device configuration, page_control: current" \
	"Medium Partition [1], page_control: current" "Medium configuration, page_control: current" -- sg_modes -a "$SG_1"
says "sg_modes of the changer" "Element address assignment, page_control: current" "Device capabilities, page_control: current" \
	-- sg_modes -a "$CHANGER"
says "sg_opcodes with timeouts" "Write filemarks(6)" "Security protocol in" "Read attribute" "timeout" -- sg_opcodes -R "$SG_1"
says "sg_opcodes of the changer" "Move medium" "Read element status" -- sg_opcodes "$CHANGER"
says "sg_opcodes of task management" "Abort task set" "Logical unit reset" -- sg_opcodes -t "$SG_1"
check "sg_timestamp is a number of milliseconds" in_disk sh -c "sg_timestamp $SG_1 | grep -qE '^1[0-9]{12}\$'"
says "sdparm" "WDT           300  [cha: y, def:300" "MAX_AP        3" "DCE           1" -- sdparm -a "$SG_1"
says "sdparm of identification" "ULT3580" "Relative target port" -- sdparm -i "$SG_1"
says "sdparm: not WORM" "WORMM         0" -- sdparm --page=0x1D "$SG_1"
says "tapeinfo" "MinBlock: 1" "MaxBlock: 8388608" "Ready: yes" "BOP: yes" -- tapeinfo -f "$SG_1"
says "loaderinfo" "Number of Storage Elements: $SLOTS" "Number of Data Transfer Elements: $DRIVES" -- loaderinfo -f "$CHANGER"

refuses "sg_sanitize is refused" "Invalid opcode" sg_sanitize --block --quick "$SG_1"
refuses "sg_write_same is refused" "Illegal request" sg_write_same --lba=0 --num=1 --xferlen=512 --in=/dev/zero "$SG_1"
refuses "sg_unmap is refused" "not supported" sg_unmap --lba=0 --num=1 --force "$SG_1"
refuses "sg_readcap is refused" "Invalid opcode" sg_readcap "$SG_1"
check "the drive is ready after the refusals" sg_turs "$SG_1"
check "sg_format makes one partition" in_disk sg_format --tape=0 --quick "$SG_1"
refuses "sg_format with an unknown format is refused" "Illegal request" sg_format --tape=7 --quick "$SG_1"
check "mt rewind after the format" mt -f "$TAPE_1" rewind
refused "nothing is read after the format" dd if="$TAPE_1" bs=64k count=1
check "sg: the cartridge goes back" mtx -f "$CHANGER" unload "$BIG" 0
