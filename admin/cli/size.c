/* SPDX-License-Identifier: Apache-2.0 */
/* Parses and prints sizes. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "admin/cli/size.h"

/* clang-format off */
static const struct {
	const char *unit;
	uint64_t bytes;
} units[] = {
	{ "", 1 }, { "B", 1 },
	{ "K", 1ull << 10 },   { "M", 1ull << 20 },   { "G", 1ull << 30 },   { "T", 1ull << 40 },
	{ "KiB", 1ull << 10 }, { "MiB", 1ull << 20 }, { "GiB", 1ull << 30 }, { "TiB", 1ull << 40 },
	{ "KB", 1000 }, { "MB", 1000000 }, { "GB", 1000000000 }, { "TB", 1000000000000 },
};
/* clang-format on */

static bool unit_find(const char *text, uint64_t *ret_bytes)
{
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (strcasecmp(units[i].unit, text) == 0) {
			*ret_bytes = units[i].bytes;
			return true;
		}
	}
	return false;
}

/* Parses digits and optionally a point with decimals: the whole part and millionths. */
static const char *number_read(const char *text, uint64_t *ret_whole, uint64_t *ret_millionths)
{
	uint64_t whole = 0, part = 0, weight = 100000;
	if (!isdigit((unsigned char)*text))
		return NULL;
	for (; isdigit((unsigned char)*text); text++)
		if (__builtin_mul_overflow(whole, 10, &whole) ||
			__builtin_add_overflow(whole, (uint64_t)(*text - '0'), &whole))
			return NULL;
	if (*text == '.') {
		text++;
		if (!isdigit((unsigned char)*text))
			return NULL;
		for (; isdigit((unsigned char)*text); text++, weight /= 10)
			part += weight * (uint64_t)(*text - '0');
	}
	*ret_whole = whole;
	*ret_millionths = part;
	return text;
}

bool size_read(const char *text, uint64_t *ret_bytes)
{
	uint64_t whole, millionths, unit, bytes;
	const char *rest = number_read(text, &whole, &millionths);
	if (!rest)
		return false;
	if (*rest == ' ')
		rest++;
	if (!unit_find(rest, &unit) || (unit == 1 && millionths))
		return false;
	if (__builtin_mul_overflow(whole, unit, &bytes) ||
		__builtin_add_overflow(bytes, (uint64_t)((unsigned __int128)millionths * unit / 1000000),
			&bytes) ||
		bytes > INT64_MAX)
		return false;
	*ret_bytes = bytes;
	return true;
}

void size_text(uint64_t bytes, char out[static SIZE_TEXT])
{
	static const char *const names[] = { "B", "KB", "MB", "GB", "TB", "PB" };
	double value = (double)bytes;
	size_t i = 0;
	while (value >= 999.995 && i < 5) {
		value /= 1000;
		i++;
	}
	int len = snprintf(out, SIZE_TEXT, "%.2f", value);
	while (len > 0 && (out[len - 1] == '0' || out[len - 1] == '.')) {
		bool point = out[--len] == '.';
		out[len] = '\0';
		if (point)
			break;
	}
	snprintf(out + len, SIZE_TEXT - (size_t)len, " %s", names[i]);
}
