# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# sg3_utils and sdparm of the disk: memory of a cartridge, every page, partitions, and what is refused.
sg_turs -n 3 "$CHANGER" >/tmp/out 2>&1
check "sg: a cartridge is loaded" mtx -f "$CHANGER" load 1 0
sg_turs -n 3 "$SG_1" >/tmp/out 2>&1
check "sg_read_attr reads all attributes" in_disk sg_read_attr "$SG_1"
contains "sg_read_attr names the cartridge's maker" "EVERTAPE" "$(in_disk sg_read_attr "$SG_1" 2>&1)"
check "sg_read_attr lists the supported attributes" in_disk sg_read_attr --sa=5 "$SG_1"
check "sg_logs reads every page and subpage" in_disk sg_logs -A "$SG_1"
check "sg_vpd lists the pages" in_disk sg_vpd "$SG_1"
check "sg_vpd reads every page" in_disk sg_vpd -a "$SG_1"
check "sg_modes reads every page" in_disk sg_modes -a "$SG_1"
check "sg_opcodes lists commands with timeouts" in_disk sg_opcodes -t "$SG_1"
check "sg_timestamp" in_disk sg_timestamp "$SG_1"
check "sdparm shows the drive's pages" in_disk sdparm -a "$SG_1"
check "sdparm shows identification" in_disk sdparm -i "$SG_1"
contains "sdparm shows by mode page 1Dh that it is not WORM" "WORMM         0" "$(in_disk sdparm --page=0x1D "$SG_1" 2>&1)"
refused "sg_sanitize is refused" in_disk sg_sanitize --block --quick "$SG_1"
refused "sg_write_same is refused" in_disk sg_write_same --lba=0 --num=1 "$SG_1"
refused "sg_unmap is refused" in_disk sg_unmap --lba=0 --num=1 --force "$SG_1"
refused "sg_readcap is refused" in_disk sg_readcap "$SG_1"
check "the drive is ready after the refusals" sg_turs "$SG_1"
check "sg_format makes one partition" in_disk sg_format --tape=0 --quick "$SG_1"
refused "sg_format with an unknown format is refused" in_disk sg_format --tape=7 --quick "$SG_1"
check "mt rewind after the format" mt -f "$TAPE_1" rewind
refused "nothing is read after the format" dd if="$TAPE_1" bs=64k count=1
check "sg: the cartridge goes back" mtx -f "$CHANGER" unload 1 0
