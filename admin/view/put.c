/* SPDX-License-Identifier: Apache-2.0 */
/* Sets one member of an object. */
#include "admin/view/put.h"

void put_json(json_t *to, const char *key, unsigned flags, json_t *value)
{
	if (!value && flags & OPTIONAL)
		return;
	json_object_set_new(to, key, value || !(flags & NULLABLE) ? value : json_null());
}

void put_text(json_t *to, const char *key, unsigned flags, const char *text)
{
	put_json(to, key, flags, text && (*text || !flags) ? json_string(text) : NULL);
}

void put_number(json_t *to, const char *key, unsigned flags, uint64_t n)
{
	put_json(to, key, flags, n < INT64_MAX ? json_integer((json_int_t)n) : NULL);
}

void put_time(json_t *to, const char *key, unsigned flags, uint64_t seconds)
{
	put_number(to, key, flags, seconds || !flags ? seconds : UNKNOWN);
}

void put_flag(json_t *to, const char *key, unsigned flags, bool on)
{
	put_json(to, key, flags, json_boolean(on));
}
