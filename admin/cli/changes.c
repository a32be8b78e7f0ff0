/* SPDX-License-Identifier: Apache-2.0 */
/* Prints what hosts notice of a change, found by compare or refused by the daemon. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/cli/cli.h"
#include "admin/view/keys.h"

static const char *text_of(const json_t *row, const char *key)
{
	const char *text = json_string_value(json_object_get(row, key));
	return text ? text : "?";
}

static void value_print(const char *name, const json_t *value)
{
	enum { SHOWN = 100 };
	char *text = json_is_null(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY | JSON_SORT_KEYS);
	if (!text)
		printf("  %s: nothing\n", name);
	else
		printf("  %s: %.*s%s\n", name, SHOWN, text, strlen(text) > SHOWN ? "..." : "");
	free(text);
}

void changes_print(const json_t *differences, const json_t *additions)
{
	size_t i;
	json_t *row;
	json_array_foreach(differences, i, row) {
		const char *what = text_of(row, difference_keys.what);
		printf("%s: %s%s: %s\n", text_of(row, difference_keys.where), what,
			strstr(what, " was removed") ? "" : " changed", text_of(row, difference_keys.effect));
		value_print("was", json_object_get(row, difference_keys.was));
		value_print("is ", json_object_get(row, difference_keys.is));
	}
	json_array_foreach(additions, i, row)
		printf("%s: new: %s\n", text_of(row, difference_keys.where),
			text_of(row, difference_keys.what));
}
