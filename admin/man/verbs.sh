#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Puts the command's own table of verbs into its manual page: verbs.sh EVERTAPE TEMPLATE VERSION
set -eu
rows=$("$1" help --roff)
sed "s/@VERSION@/$3/" "$2" | while IFS= read -r line; do
	if [ "$line" = @VERBS@ ]; then
		printf '%s\n' "$rows"
	else
		printf '%s\n' "$line"
	fi
done
