# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# btape: 20 000 blocks written and read, positions, appending, spacing, the changer.

# btape_good WHAT SAID: nothing that it calls wrong.
btape_good() {
	wrong='NOT correct|incorrect|ERROR|ERR=|failed|Bad |Please add'
	grep -v 'there should be no I/O errors' "$2" >/tmp/said
	same "btape $1: nothing is wrong" 0 "$(grep -ciE "$wrong" /tmp/said)"
	grep -iE "$wrong" /tmp/said | head -n 5 | sed 's/^/#   /'
}

for size in $BTAPE_SIZES; do
	minimum=0 maximum=$size
	[ "$size" != fixed ] || minimum=32768 maximum=32768
	storage_settings btape "$minimum" "$maximum"
	check "btape $size: a cartridge is loaded" mtx -f "$CHANGER" load "$BIG" 0
	mt -f "$TAPE_1" setblk $((minimum)) >/tmp/out 2>&1
	said=/tmp/btape.$size
	# y: the changer is tested too; it ends with the cartridge of slot 1 in the drive.
	btape "$said" 'test\ny\nquit\n'
	same "btape $size: what was written is read, and by position" 2 \
		"$(grep -c '=== Test Succeeded. End Write, rewind, and re-read test ===' "$said")"
	for words in "Block re-read correct. Test succeeded!" "=== End Forward space files test ===" "The test autochanger worked!!"; do
		contains "btape $size: $words" "$words" "$(cat "$said")"
	done
	same "btape $size: every file number is right" 6 "$(grep -c 'This is correct!' "$said")"
	contains "btape $size: the scan counts blocks" "Total files=4, blocks=7, bytes = " "$(cat "$said")"
	btape_good "$size" "$said"
	check "btape $size: the cartridge of slot 1 goes back" mtx -f "$CHANGER" unload 1 0
done
