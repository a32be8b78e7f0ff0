# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# kill -9 of the daemon under a session: the same devices come back, and what was synchronised is there.
# again COMMAND...: until it succeeds, at most 30 s; the first tries meet unit attentions.
again() {
	for try in $(seq 30); do
		"$@" && return 0
		sleep 1
	done
	return 1
}

before=$(passport)
check "mt rewind before the kill" mt -f "$TAPE_1" rewind
check "tar writes before the kill" tar -c -f "$TAPE_1" -b 128 -C "$tree" .
check "mt weof synchronises" mt -f "$TAPE_1" weof 1
touch /signal/kill
for try in $(seq 60); do
	[ -e /signal/started ] && break
	sleep 0.5
done
check "the host has restarted the daemon" test -e /signal/started
check "the session comes back by itself" again sg_turs "$CHANGER"
check "the drive is ready again" again mt -f "$TAPE_1" rewind
same "the devices are the same after kill -9" "$before" "$(passport)"
contains "the cartridge is still in the drive after kill -9" "$BARCODE_1" \
	"$(element "Data Transfer Element 0")"
check "what was synchronised compares equal" tar -d -f "$TAPE_1" -b 128 -C "$tree"
check "mt rewind after kill -9" mt -f "$TAPE_1" rewind
