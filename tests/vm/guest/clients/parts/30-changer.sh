# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# mtx: inventory, moves, refusals.  Cartridges 1..CARTRIDGES lie in the first slots.
mtx_status() {
	mtx -f "$CHANGER" status
}
# element "Storage Element 3": what mtx says of it.
element() {
	mtx_status | sed -n "s/^ *$1\( IMPORT.EXPORT\)\{0,1\}: *//p" | sed 's/ *: */:/'
}

# move FROM TO: MOVE MEDIUM itself by element address; mtx looks first and would not even ask.
move() {
	# shellcheck disable=SC2046 # four bytes
	sg_raw "$CHANGER" a5 0 0 0 $(printf '%x %x %x %x' $(($1 / 256)) $(($1 % 256)) \
		$(($2 / 256)) $(($2 % 256))) 0 0 0 0 2>&1
}

status=$(mtx_status)
contains "mtx counts drives, slots and mail slots" \
	"$DRIVES Drives, $((SLOTS + MAILSLOTS)) Slots ( $MAILSLOTS Import/Export )" "$status"
for i in $(seq "$CARTRIDGES"); do
	eval "barcode=\$BARCODE_$i"
	contains "mtx finds $barcode in slot $i" "$barcode" "$(element "Storage Element $i")"
done
check "mtx inquiry" mtx -f "$CHANGER" inquiry
check "mtx inventory" mtx -f "$CHANGER" inventory

check "a move from slot to slot" mtx -f "$CHANGER" transfer 1 "$SLOTS"
contains "the cartridge is in the other slot" "$BARCODE_1" "$(element "Storage Element $SLOTS")"
same "the slot is empty" Empty "$(element "Storage Element 1")"
refused "a move from an empty slot is refused" mtx -f "$CHANGER" transfer 1 "$SLOTS"
refused "a move to a full slot is refused" mtx -f "$CHANGER" transfer "$SLOTS" 2
contains "the changer says that a source is empty" "source element empty" \
	"$(move "$FIRST_SLOT" $((FIRST_SLOT + 4)))"
contains "the changer says that a destination is full" "destination element full" \
	"$(move $((FIRST_SLOT + 1)) $((FIRST_SLOT + 2)))"
contains "the changer says that there is no such element" "Invalid element address" \
	"$(move $((FIRST_SLOT + 1)) 65000)"
check "a move back" mtx -f "$CHANGER" transfer "$SLOTS" 1

mail=$((SLOTS + 1))
check "a move into a mail slot" mtx -f "$CHANGER" transfer 1 "$mail"
contains "the cartridge is in the mail slot" "$BARCODE_1" "$(element "Storage Element $mail")"
check "a move out of the mail slot" mtx -f "$CHANGER" transfer "$mail" 1

check "a cartridge is loaded" mtx -f "$CHANGER" load 1 0
contains "the drive holds it and says from where" "Storage Element 1 Loaded" \
	"$(element "Data Transfer Element 0")"
refused "a second cartridge does not fit" mtx -f "$CHANGER" load 2 0
check "the other drive takes one" mtx -f "$CHANGER" load 2 1
check "it is unloaded to its slot" mtx -f "$CHANGER" unload 2 1
same "the drive is empty again" Empty "$(element "Data Transfer Element 1")"
