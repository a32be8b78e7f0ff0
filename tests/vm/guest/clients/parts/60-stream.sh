# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Streams of STREAM_MB megabytes by tar, with blocks of 64 KiB and 256 KiB, compared.
for blocks in 128 512; do
	kib=$((blocks / 2))
	check "mt rewind before the stream of $kib KiB blocks" mt -f "$TAPE_1" rewind
	began=$(seconds)
	check "$STREAM_MB MB are written with $kib KiB blocks" \
		tar -c -f "$TAPE_1" -b $blocks -C /share/data/stream .
	note_speed "written_with_${kib}_KiB" "$STREAM_MB" "$began"
	check "mt rewind after the stream of $kib KiB blocks" mt -f "$TAPE_1" rewind
	began=$(seconds)
	check "$STREAM_MB MB with $kib KiB blocks compare equal" \
		tar -d -f "$TAPE_1" -b $blocks -C /share/data/stream
	note_speed "read_with_${kib}_KiB" "$STREAM_MB" "$began"
done
