/* SPDX-License-Identifier: Apache-2.0 */
/* Refuses shortened names of long options, which getopt_long() accepts. */
#pragma once

#include <getopt.h>
#include <string.h>

/* Call it right after getopt_long() has returned the row of a long option.  Returns the word of argv if it
 * is only the beginning of the row's name, else NULL. */
static inline const char *longopt_cut(char *const *argv, const struct option *row)
{
	const char *word = argv[optind - 1];
	if (optarg == word) /* the value is a word of its own */
		word = argv[optind - 2];
	return strcspn(word + 2, "=") < strlen(row->name) ? word : NULL;
}
