/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges of barcodes on the command line. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { RANGE_MOST = 10000, RANGE_LABEL_LEN = 32 };

struct range {
	char label[RANGE_LABEL_LEN + 1]; /* the first label */
	size_t at, digits;               /* position and length of the number in it */
	unsigned long first, last;
};

enum range_result { RANGE_NONE, RANGE_GOOD, RANGE_BACKWARDS, RANGE_TOO_LONG };

/* Parses "E00001L8-E00050L8": two labels of the same length, at least six characters, that differ in one
 * number.  RANGE_NONE: the text is not a range, for example a label with a '-' in it. */
enum range_result range_read(const char *text, struct range *ret_range);
/* Writes the label with that number, which must be in the range. */
void range_label(const struct range *range, unsigned long number, char out[static RANGE_LABEL_LEN + 1]);
