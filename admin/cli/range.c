/* SPDX-License-Identifier: Apache-2.0 */
/* Parses ranges of barcodes. */
#include "admin/cli/range.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL_LEAST = 6, DIGITS_MOST = 9 };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static unsigned long number_at(const char *text, size_t len)
{
	unsigned long n = 0;
	for (size_t i = 0; i < len; i++)
		n = n * 10 + (unsigned long)(text[i] - '0');
	return n;
}

/* Finds the digits around text[at] in both labels.  False: there are none, or too many. */
static bool number_find(const char *a, const char *b, size_t len, size_t at, struct range *range)
{
	size_t from = at, to = at;
	while (from && is_digit(a[from - 1]))
		from--;
	while (to < len && is_digit(a[to]) && is_digit(b[to]))
		to++;
	range->at = from;
	range->digits = to - from;
	return to > at && to - from <= DIGITS_MOST && memcmp(a + to, b + to, len - to) == 0;
}

enum range_result range_read(const char *text, struct range *ret_range)
{
	struct range range = { 0 };
	size_t whole = strlen(text), len = whole / 2, same = 0;
	const char *b = text + len + 1;
	if (whole % 2 == 0 || text[len] != '-' || len < LABEL_LEAST || len > RANGE_LABEL_LEN)
		return RANGE_NONE;
	while (same < len && text[same] == b[same])
		same++;
	/* The same label twice is a range of one; any number in it will do. */
	if (same == len)
		for (same = len - 1; same && !is_digit(text[same]);)
			same--;
	if (!number_find(text, b, len, same, &range))
		return RANGE_NONE;
	memcpy(range.label, text, len);
	range.first = number_at(text + range.at, range.digits);
	range.last = number_at(b + range.at, range.digits);
	if (range.last < range.first)
		return RANGE_BACKWARDS;
	if (range.last - range.first >= RANGE_MOST)
		return RANGE_TOO_LONG;
	*ret_range = range;
	return RANGE_GOOD;
}

void range_label(const struct range *range, unsigned long number, char out[static RANGE_LABEL_LEN + 1])
{
	char digits[24];
	snprintf(digits, sizeof digits, "%0*lu", (int)range->digits, number);
	memcpy(out, range->label, sizeof range->label);
	memcpy(out + range->at, digits, range->digits);
}
