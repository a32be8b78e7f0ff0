/* SPDX-License-Identifier: Apache-2.0 */
/* Formats log lines piece by piece, so that texts from outside can be escaped. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "vtl/base/log.h"

struct text {
	char *out;
	size_t size, n;
};

/* The number of bytes of the UTF-8 character here if it may be shown as it is, else 0.  Control characters
 * (C0 and C1: terminals obey both), line separators and marks of writing direction may not. */
static size_t letter(const unsigned char *p)
{
	static const struct {
		unsigned char first, last, least, most; /* of the first byte, and of the second */
		size_t len;
	} rows[] = {
		{ 0xc2, 0xc2, 0xa0, 0xbf, 2 },
		{ 0xc3, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	if (*p < 0x80)
		return *p >= 0x20 && *p != 0x7f;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (*p < rows[i].first || *p > rows[i].last)
			continue;
		if (p[1] < rows[i].least || p[1] > rows[i].most)
			return 0;
		for (size_t k = 2; k < rows[i].len; k++)
			if ((p[k] & 0xc0) != 0x80)
				return 0;
		/* U+2028 to U+202E, U+2066 to U+2069 */
		bool turns = *p == 0xe2 &&
			((p[1] == 0x80 && p[2] >= 0xa8 && p[2] <= 0xae) ||
				(p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9));
		return turns ? 0 : rows[i].len;
	}
	return 0;
}

/* Writes any other byte as \xNN; between quotes also quotes and backslashes. */
static void put_escaped(struct text *t, const char *from, bool quoted)
{
	for (const unsigned char *p = (const unsigned char *)from; *p && t->n + 5 < t->size;) {
		size_t len = quoted && strchr("'\"\\", *p) ? 0 : letter(p);
		if (len) {
			memcpy(t->out + t->n, p, len);
			t->n += len;
			p += len;
		} else {
			t->n += (size_t)snprintf(t->out + t->n, t->size - t->n, "\\x%02x", *p++);
		}
	}
}

static void put_char(struct text *t, char c)
{
	if (t->n + 1 < t->size)
		t->out[t->n++] = c;
}

/* A conversion, taken apart and put together again with its widths as digits. */
struct spec {
	char text[48];
	char length; /* 'l', 'L' (two l), 'z', 'j', 't', or 0 */
	char conversion;
};

/* Copies the conversion after the percent sign; returns what follows it. */
static const char *spec_read(const char *p, va_list *args, struct spec *spec)
{
	size_t n = 0;
	*spec = (struct spec){ 0 };
	spec->text[n++] = '%';
	for (; *p && n < sizeof spec->text - 16; p++) {
		if (*p == '*') {
			n += (size_t)snprintf(spec->text + n, sizeof spec->text - n, "%d",
				va_arg(*args, int));
			continue;
		}
		spec->text[n++] = *p;
		if (strchr("lzjt", *p))
			spec->length = spec->length == 'l' ? 'L' : *p;
		else if (!strchr("-+ #0123456789.h", *p)) {
			spec->conversion = *p++;
			break;
		}
	}
	return p;
}

#define FORMAT(value) snprintf(out, size, spec->text, value)

static void put_number(const struct spec *spec, va_list *args, char *out, size_t size)
{
	if (strchr("eEfFgGaA", spec->conversion))
		FORMAT(va_arg(*args, double));
	else if (spec->conversion == 'p')
		FORMAT(va_arg(*args, void *));
	else if (spec->length == 'l')
		FORMAT(va_arg(*args, long));
	else if (spec->length == 'L')
		FORMAT(va_arg(*args, long long));
	else if (spec->length == 'z')
		FORMAT(va_arg(*args, size_t));
	else if (spec->length == 'j')
		FORMAT(va_arg(*args, intmax_t));
	else if (spec->length == 't')
		FORMAT(va_arg(*args, ptrdiff_t));
	else
		FORMAT(va_arg(*args, int));
}

static void put_conversion(struct text *t, const struct spec *spec, va_list *args, bool quoted)
{
	char piece[1024] = "";
	if (spec->conversion == 's')
		snprintf(piece, sizeof piece, spec->text, va_arg(*args, const char *));
	else if (spec->conversion == 'm')
		snprintf(piece, sizeof piece, "%m");
	else
		put_number(spec, args, piece, sizeof piece);
	put_escaped(t, piece, quoted);
}

size_t log_format(char *out, size_t size, const char *format, va_list args)
{
	struct text t = { .out = out, .size = size };
	va_list copy;
	va_copy(copy, args);
	for (const char *p = format; *p;) {
		if (*p != '%' || p[1] == '%') {
			p += *p == '%';
			put_char(&t, *p++);
			continue;
		}
		struct spec spec;
		bool quoted = p > format && strchr("'\"", p[-1]);
		p = spec_read(p + 1, &copy, &spec);
		quoted = quoted || (*p && strchr("'\"", *p));
		if (!spec.conversion)
			break;
		put_conversion(&t, &spec, &copy, quoted);
	}
	va_end(copy);
	out[t.n] = '\0';
	return t.n;
}

size_t log_escape(char *out, size_t size, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	size_t len = log_format(out, size, format, args);
	va_end(args);
	return len;
}

void actor_keep(const struct actor *actor, struct kept_actor *kept)
{
	*kept = (struct kept_actor){ .actor.session = actor->session };
	snprintf(kept->initiator, sizeof kept->initiator, "%s", actor->initiator ? actor->initiator : "");
	snprintf(kept->address, sizeof kept->address, "%s", actor->address ? actor->address : "");
	snprintf(kept->user, sizeof kept->user, "%s", actor->user ? actor->user : "");
	kept->actor.initiator = kept->initiator;
	kept->actor.address = kept->address;
	kept->actor.user = actor->user ? kept->user : NULL;
}

/* A name of plain characters needs no quotes. */
static bool is_plain(const char *name)
{
	for (; *name; name++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:_", *name))
			return false;
	return true;
}

size_t actor_text(const struct actor *actor, char *out, size_t size)
{
	const char *name = actor->initiator ? actor->initiator : "";
	const char *address = actor->address ? actor->address : "";
	size_t n = 0;
	out[0] = '\0';
	if (actor->user && *actor->user)
		return log_escape(out, size, "%s", actor->user);
	if (!*name)
		return log_escape(out, size, "%s", address);
	n = is_plain(name) ? log_escape(out, size, "%s", name) : log_escape(out, size, "'%s'", name);
	n += log_escape(out + n, size - n, " (%s", address);
	if (actor->session)
		n += log_escape(out + n, size - n, "%ssession %u", *address ? ", " : "", actor->session);
	return n + log_escape(out + n, size - n, ")");
}
