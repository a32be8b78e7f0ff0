// SPDX-License-Identifier: Apache-2.0
/* The table of formats, and which of them a file has. */
#include "media/container/formats.h"

#include <string.h>
#include <strings.h>

const struct container_format container_formats[CART_FORMATS] = {
#define FORMAT(ID, NAME, SUFFIX, WORDS, LABEL, LOOK, STEP, WRITER) \
	[CART_##ID] = { NAME, SUFFIX, WORDS, LABEL, LOOK, STEP, WRITER },
#include "media/container/formats.def"
#undef FORMAT
};

enum cart_container cart_format_find(const char *name)
{
	for (unsigned i = 0; i < CART_FORMATS; i++)
		if (strcmp(container_formats[i].name, name) == 0)
			return (enum cart_container)i;
	return CART_ANY;
}

enum cart_container cart_format_of_path(const char *path)
{
	const char *dot = strrchr(path, '.');
	for (unsigned i = 0; dot && dot[1] && i < CART_FORMATS; i++)
		if (strcasecmp(container_formats[i].suffix, dot + 1) == 0)
			return (enum cart_container)i;
	return CART_ANY;
}

struct cart_format_row cart_format_row(enum cart_container container)
{
	const struct container_format *f = &container_formats[container];
	return (struct cart_format_row){ f->name, f->suffix, f->words, container == CART_NATIVE || f->writer,
		f->has_label, f->step == relay_step };
}

enum cart_container format_look(const uint8_t *p, size_t n)
{
	enum cart_container best = CART_ANY;
	size_t most = 0;
	for (unsigned i = 0; i < CART_FORMATS; i++) {
		size_t records = container_formats[i].look ? container_formats[i].look(p, n) : 0;
		if (records > most) {
			most = records;
			best = (enum cart_container)i;
		}
	}
	return best;
}
