# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The daemon on the host, which a guest reaches as 10.0.2.2: what runs with it share.  Sourced after host.sh.
state=$work/state starts=0
mkdir -m 700 "$state"

# start_daemon ADDR:PORT: waits until it says ready; port is then the one it listens on.
start_daemon() {
	local log=$work/daemon.log.$((++starts))
	"$build/evertaped" --state "$state" --listen "$1" 2>"$log" &
	daemon=$!
	for _ in $(seq 100); do
		grep -qx ready "$log" && break
		kill -0 "$daemon" 2>/dev/null || break
		sleep 0.1
	done
	port=$(sed -n 's/.*listening on 127\.0\.0\.1:\([0-9]*\).*/\1/p' "$log")
	grep -qx ready "$log" && [ -n "$port" ]
}
tell() { "$build/evertape" --state "$state" "$@" >>"$work/evertape.log" 2>&1; }
broken() {
	not_ok "$1"
	tail -n 5 "$work"/daemon.log.* "$work/evertape.log" 2>/dev/null | sed 's/^/#   /'
	finish
}

# What the guest is told: the settings, and what the library says of itself.
tell_guest() {
	cp "$here/settings" "$share/params"
	"$build/evertape" --state "$state" --json library show vm >"$work/library.json" 2>>"$work/evertape.log" &&
		python3 "$here/params.py" "$work/library.json" "$port" >>"$share/params" ||
		broken "library show says what the guest needs"
}

# It still runs, and ends as it should; the last word of the host.
end_daemon() {
	local began code
	kill -0 "$daemon" 2>/dev/null && ok "the daemon still runs" || not_ok "the daemon still runs"
	began=$SECONDS
	kill -TERM "$daemon" 2>/dev/null
	wait "$daemon"
	code=$?
	daemon=''
	[ "$code" -eq 0 ] && [ $((SECONDS - began)) -lt 10 ] &&
		ok "SIGTERM ends the daemon with 0 in under 10 s" ||
		not_ok "SIGTERM ends the daemon with 0 in under 10 s (code $code, $((SECONDS - began)) s)"
	grep -hE '(error|warning): |Sanitizer|runtime error' "$work"/daemon.log.* | head -n 10 | sed 's/^/# daemon: /'
}
