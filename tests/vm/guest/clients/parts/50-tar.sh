# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# tar with variable and fixed blocks, several archives on one tape, compared with the originals.
tree=/share/data/tree
digests() {
	(cd "$1" && find . -type f -exec sha256sum {} + | sort)
}

check "mt rewind before tar" mt -f "$TAPE_1" rewind
check "variable blocks" mt -f "$TAPE_1" setblk 0
check "tar writes 10 KiB blocks" tar -c -f "$TAPE_1" -b 20 -C $tree .
check "tar writes 32 KiB blocks behind it" tar -c -f "$TAPE_1" -b 64 -C $tree .
check "mt rewind after tar" mt -f "$TAPE_1" rewind
check "the first archive compares equal" tar -d -f "$TAPE_1" -b 20 -C $tree
check "mt fsf to the second archive" mt -f "$TAPE_1" fsf 1
check "the second archive compares equal" tar -d -f "$TAPE_1" -b 64 -C $tree

check "fixed blocks of 4096" mt -f "$TAPE_1" setblk 4096
check "mt rewind before fixed blocks" mt -f "$TAPE_1" rewind
check "tar writes fixed blocks" tar -c -f "$TAPE_1" -b 128 -C $tree .
check "mt rewind after fixed blocks" mt -f "$TAPE_1" rewind
check "the fixed archive compares equal" tar -d -f "$TAPE_1" -b 128 -C $tree
check "mt rewind once more" mt -f "$TAPE_1" rewind
check "tar extracts from the tape" sh -c "mkdir /tmp/back && tar -x -f $TAPE_1 -b 128 -C /tmp/back"
same "what was extracted is what was there" "$(digests $tree)" "$(digests /tmp/back)"
rm -rf /tmp/back
check "variable blocks again" mt -f "$TAPE_1" setblk 0
