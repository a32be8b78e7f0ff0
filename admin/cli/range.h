/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges of barcodes on the command line. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { RANGE_MOST = 10000, RANGE_LABEL_LEN = 32 };

struct range {
	char label[RANGE_LABEL_LEN + 1]; /* the first of them */
	size_t at, digits;               /* where its number stands, and how long that is */
	unsigned long first, last;
};

enum range_result { RANGE_NONE, RANGE_GOOD, RANGE_BACKWARDS, RANGE_TOO_LONG };

/* "E00001L8-E00050L8": two labels of the same length, six characters at least, that differ in one number.  RANGE_NONE:
 * the text is something else, for example a label with a '-' in it. */
enum range_result range_read(const char *text, struct range *ret_range);
/* The label with that number, which is in the range. */
void range_label(const struct range *range, unsigned long number, char out[static RANGE_LABEL_LEN + 1]);
