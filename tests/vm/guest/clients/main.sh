# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# What the guest does: every part in order, in one shell, so that later ones find what earlier left.
. /share/params
. /share/lib.sh
start_iscsid
for part in /share/parts/*.sh; do
	. "$part"
	# Without a session every later line would fail for the same reason.
	[ -n "$CHANGER" ] || break
done
plan_end
