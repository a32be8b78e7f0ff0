/* SPDX-License-Identifier: Apache-2.0 */
/* Sets one member of an object.  A value that is not known becomes null if the flags have NULLABLE; with OPTIONAL the
 * member is left out. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "admin/view/view.h"

/* A number that is not known; so is every number that a JSON integer cannot hold. */
#define UNKNOWN UINT64_MAX

/* NULL or "": not known, if the flags allow that. */
void put_text(json_t *to, const char *key, unsigned flags, const char *text);
void put_number(json_t *to, const char *key, unsigned flags, uint64_t n);
/* 0: not known, if the flags allow that. */
void put_time(json_t *to, const char *key, unsigned flags, uint64_t seconds);
void put_flag(json_t *to, const char *key, unsigned flags, bool on);
/* Takes the reference.  NULL: not known. */
void put_json(json_t *to, const char *key, unsigned flags, json_t *value);

/* A value of a row is of the type's own C type, or a json_t * made for it. */
#define PUT_WITH(PUT, TO, KEY, FLAGS, VALUE) \
	_Generic((VALUE), json_t * : put_json, default : PUT)((TO), (KEY), (FLAGS), (VALUE))
#define PUT_TEXT(...)         PUT_WITH(put_text, __VA_ARGS__)
#define PUT_TEXTS(...)        put_json(__VA_ARGS__)
#define PUT_NUMBER(...)       PUT_WITH(put_number, __VA_ARGS__)
#define PUT_BYTES(...)        PUT_WITH(put_number, __VA_ARGS__)
#define PUT_RATE(...)         PUT_WITH(put_number, __VA_ARGS__)
#define PUT_TIME(...)         PUT_WITH(put_time, __VA_ARGS__)
#define PUT_SECONDS(...)      PUT_WITH(put_number, __VA_ARGS__)
#define PUT_MILLISECONDS(...) PUT_WITH(put_number, __VA_ARGS__)
#define PUT_ADDRESS(...)      PUT_WITH(put_number, __VA_ARGS__)
#define PUT_FLAG(...)         put_flag(__VA_ARGS__)
#define PUT_MARK(...)         put_flag(__VA_ARGS__)
#define PUT_ANY(...)          put_json(__VA_ARGS__)
