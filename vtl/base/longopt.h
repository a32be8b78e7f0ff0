/* SPDX-License-Identifier: Apache-2.0 */
/* getopt_long() takes the beginning of a name for the name; no program of this project does. */
#pragma once

#include <getopt.h>
#include <string.h>

/* Right after getopt_long() has returned the row of a long option: the word of argv that named it when
 * that is only the beginning of the row's name, else NULL. */
static inline const char *longopt_cut(char *const *argv, const struct option *row)
{
	const char *word = argv[optind - 1];
	if (optarg == word) /* the value is a word of its own */
		word = argv[optind - 2];
	return strcspn(word + 2, "=") < strlen(row->name) ? word : NULL;
}
