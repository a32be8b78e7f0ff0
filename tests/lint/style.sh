#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs Debian's checkers of layout, mistakes and spelling, each over the files it knows.  A finding is a failure.
# Their settings: .clang-format, .shellcheckrc, .flake8, tests/lint/words.
set -u
cd "$(dirname "$0")/../.." || exit 1

all() { git ls-files 2>/dev/null || find . -path './build*' -prune -o -type f -print | sed 's|^\./||'; }
mapfile -t files < <(all | grep -v '^tests/gold/')
# Files with that ending, and programs whose first line names that interpreter.
named() { # ENDING [INTERPRETER]
	for file in "${files[@]}"; do
		case $file in
		*."$1") echo "$file" ;;
		*.*) ;;
		*) [ -z "${2:-}" ] || { head -n 1 "$file" | grep -qaE "^#!.*[/ ]$2" && echo "$file"; } ;;
		esac
	done
}

passed=0 failed=0 skipped=0
row() { # SENTENCE PROGRAM COMMAND...: the files are on standard input
	local sentence=$1 program=$2 said
	shift 2
	if ! command -v "$program" >/dev/null; then
		skipped=$((skipped + 1))
		echo "skip - $sentence: $program is not installed"
	elif said=$(xargs -d '\n' "$@" 2>&1) && [ -z "$said" ]; then
		passed=$((passed + 1))
		echo "ok - $sentence"
	else
		failed=$((failed + 1))
		echo "not ok - $sentence"
		head -n 20 <<<"$said" | sed 's/^/#   /'
	fi
}

row "clang-format has nothing to change" clang-format clang-format --dry-run -Werror < <(named c; named h)
row "shellcheck finds nothing" shellcheck shellcheck -x -f gcc < <(named sh '(ba)?sh')
row "flake8 finds nothing" flake8 flake8 < <(named py python3)
row "codespell finds nothing" codespell codespell -I tests/lint/words < <(printf '%s\n' "${files[@]}")
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
