/* SPDX-License-Identifier: Apache-2.0 */
/* The end of an element descriptor of StorageTek SL libraries: which media an element holds, and which drive it is
 * (SL500 interface reference manual, 96122, tables 6-73 to 6-77; SL150: the same, with later generations).  With DVCID
 * the descriptors of drives end with the identifier that all our changers give instead. */
#pragma once

#include <stdint.h>

#include "vtl/base/wire.h"
#include "vtl/library/library.h"

enum { DOMAINS_MAX = 40 };
/* Bytes behind the volume tag, for an element type. */
uint32_t domains_len(uint8_t type);
/* Writes them. */
void domains_put(struct wire *w, const struct element *element, uint8_t type);
