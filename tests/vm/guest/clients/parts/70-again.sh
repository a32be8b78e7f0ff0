# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Another session, with digests: the same devices, the same cartridge in the drive, the same data.
before=$(passport)
check "mt rewind before logout" mt -f "$TAPE_1" rewind
check "logout" logout plain
node plain "node.conn[0].iscsi.HeaderDigest" CRC32C "node.conn[0].iscsi.DataDigest" CRC32C
check "login with header and data digests" login plain
[ -n "$(devices)" ] || return 0
session=$(iscsiadm -m session -P 2)
contains "the header digest is CRC32C" "HeaderDigest: CRC32C" "$session"
contains "the data digest is CRC32C" "DataDigest: CRC32C" "$session"
same "the devices are the same after logout and login" "$before" "$(passport)"
contains "the cartridge is still in the drive" "$BARCODE_1" "$(element "Data Transfer Element 0")"
check "variable blocks, with digests" mt -f "$TAPE_1" setblk 0
check "mt fsf behind the stream" mt -f "$TAPE_1" fsf 1
check "tar writes with digests" tar -c -f "$TAPE_1" -b 256 -C "$tree" .
check "mt bsfm to what was written" mt -f "$TAPE_1" bsfm 2
check "what was written with digests compares equal" tar -d -f "$TAPE_1" -b 256 -C "$tree"
check "mt rewind at the end" mt -f "$TAPE_1" rewind
check "the cartridge goes home" mtx -f "$CHANGER" unload 1 0
check "last logout" logout plain
