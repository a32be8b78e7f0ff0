/* SPDX-License-Identifier: Apache-2.0 */
/* The label file: FORMAT.md section 3. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "media/shelf/shelf.h"

struct engine;

enum { LABEL_FORMAT = 2, LABEL_MAX = 65536 };

/* The label as the bytes of label.json, malloc'd; NULL when there is no memory. */
char *label_build(const struct cart_label *label);
/* With why: -EUCLEAN when it is no sound label, -EPROTOTYPE when it is of format 1, -EPROTONOSUPPORT when who
 * reads it must be a newer version of Evertape. */
int label_decode(const char *text, size_t len, struct cart_label *ret_label, char why[static 128]);
/* 0 when every field may stand in a label. */
int label_check(const struct cart_label *label);
/* Of the folder of this name. */
int label_read_in(struct engine *e, int dirfd, const char *name, struct cart_label *ret_label);
int label_write_in(struct engine *e, int dirfd, const struct cart_label *label);
void uuid_text(const uint8_t uuid[static 16], char text[static 37]);
bool uuid_bytes(const char *text, uint8_t uuid[static 16]);
