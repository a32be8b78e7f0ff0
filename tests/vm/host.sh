# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the runs with a guest share: counting, making the image and a work folder, running QEMU.  Sourced,
# with $build set.  KEEP=1 keeps the work folder.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
passed=0 failed=0 skipped=0

ok() { passed=$((passed + 1)); echo "ok - $*"; }
not_ok() { failed=$((failed + 1)); echo "not ok - $*"; }
finish() {
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ]
	exit
}
skip() {
	skipped=$((skipped + 1))
	echo "skip - $*"
	finish
}

for program in evertaped evertape; do
	[ -x "$build/$program" ] || { not_ok "$program is built"; finish; }
done
image=$("$here/image.sh" "$build/vm" 2>"$build/vm-image.log")
case $? in
0) ;;
77) skip "no guest: $(tail -n 1 "$build/vm-image.log")" ;;
*) not_ok "a guest is made: $(tail -n 1 "$build/vm-image.log")"; finish ;;
esac

work=$(mktemp -d "${TMPDIR:-/tmp}/evertape-vm.XXXXXX")
share=$work/share signal=$work/signal
mkdir "$share" "$signal"
daemon='' guest=''
clean_up() {
	for pid in $guest $daemon; do
		kill "$pid" 2>/dev/null
	done
	wait 2>/dev/null
	[ -n "${KEEP:-}" ] || rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

# copy_programs FILE...: of the build, into the share's bin, with the libraries they were linked with in its lib.
copy_programs() {
	local program lib
	mkdir "$share/bin" "$share/lib"
	for program in "$@"; do
		cp "$build/$program" "$share/bin/"
		ldd "$build/$program" | grep -o '/[^ ]*' | while read -r lib; do
			[ -e "$share/lib/$(basename "$lib")" ] || cp -L "$lib" "$share/lib/"
		done
	done
}

# disk NAME MEGABYTES: an empty one, the guest's next /dev/vdX; it goes into drives, for guest_start.
disk() {
	truncate -s "${2}M" "$work/$1.disk"
	drives+=(-drive "file=$work/$1.disk,format=raw,if=virtio,cache=unsafe")
}

# guest_start MEGABYTES [QEMU_OPTION]...: boots it with $share and $signal; $guest is its process then.
# What it says of its tests comes out as it says it.
guest_start() {
	local memory=$1
	shift
	mkfifo "$work/console"
	stdbuf -o 0 tr -d '\r\000' <"$work/console" | tee "$work/console.log" |
		grep --line-buffered -aE '^(ok|not ok) - |^#|^GUEST ' &
	reader=$!
	qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 -m "$memory" -nodefaults -display none -no-reboot \
		-serial stdio -kernel "$image/vmlinuz" -initrd "$image/initrd" \
		-append "console=ttyS0 quiet panic=-1 mitigations=off" \
		-netdev user,id=net -device virtio-net-pci,netdev=net,romfile= \
		-fsdev local,id=share,path="$share",security_model=none \
		-device virtio-9p-pci,fsdev=share,mount_tag=share \
		-fsdev local,id=signal,path="$signal",security_model=none \
		-device virtio-9p-pci,fsdev=signal,mount_tag=signal \
		"$@" </dev/null >"$work/console" 2>"$work/qemu.log" &
	guest=$!
}

# guest_wait SECONDS [COMMAND]: until it has gone, or is late; runs the command five times a second meanwhile.
guest_wait() {
	local began=$SECONDS
	while kill -0 "$guest" 2>/dev/null; do
		[ -z "${2:-}" ] || "$2"
		[ $((SECONDS - began)) -lt "$1" ] || kill "$guest"
		sleep 0.2
	done
	wait "$guest" 2>/dev/null
	wait "$reader"
	guest=''
	passed=$((passed + $(grep -ac '^ok - ' "$work/console.log")))
	failed=$((failed + $(grep -ac '^not ok - ' "$work/console.log")))
	if grep -aq '^GUEST count' "$work/console.log"; then
		ok "the guest came to its end"
	else
		not_ok "the guest came to its end within $1 s"
		tail -n 20 "$work/console.log" "$work/qemu.log" | sed 's/^/#   /'
	fi
}
