#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Compiles every header alone, with both compilers where there are two, with a build's warnings as errors.
set -u
cd "$(dirname "$0")/../.." || exit 1

# What pkg-config says of the libraries is all a header may need beside the tree.
packages=(liburing lmdb libcrypto jansson uuid libisal libiscsi cmocka libsystemd)
flags=(-std=gnu11 -D_GNU_SOURCE -I. -fsyntax-only -Wall -Wextra -Wshadow -Wmissing-prototypes
	-Wstrict-prototypes -Wvla -Wno-unused-parameter -Wno-missing-field-initializers
	-Werror)
for package in "${packages[@]}"; do
	if found=$(pkg-config --cflags "$package" 2>/dev/null); then
		# shellcheck disable=SC2206
		flags+=($found)
	fi
done
compilers=()
for cc in gcc clang; do
	command -v "$cc" >/dev/null && compilers+=("$cc")
done

compile() { # COMPILER HEADER
	# Included, not compiled itself: compilers warn of #pragma once in a main file.
	printf '#include "%s"\n' "$2" | "$1" "${flags[@]}" -x c - 2>&1
}
passed=0 failed=0
while read -r header; do
	for cc in "${compilers[@]}"; do
		if said=$(compile "$cc" "$header"); then
			passed=$((passed + 1))
		else
			failed=$((failed + 1))
			echo "not ok - $header compiles alone with $cc"
			head -n 5 <<<"$said" | sed 's/^/#   /'
		fi
	done
done < <(find vtl media admin handlers tests -name '*.h' 2>/dev/null | sort)
[ "$failed" -gt 0 ] || echo "ok - every header compiles alone ($passed times)"
[ "${#compilers[@]}" -eq 2 ] || echo "skip - a second compiler is not installed"
echo "$passed passed, $failed failed, $((2 - ${#compilers[@]})) skipped"
[ "$failed" -eq 0 ]
