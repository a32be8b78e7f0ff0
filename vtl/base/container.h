/* SPDX-License-Identifier: Apache-2.0 */
/* From a member to the struct that holds it. */
#pragma once

#include <stddef.h>

/* p: the address of a `type`'s member; a `type *`. */
#define container_of(p, type, member) ((type *)(void *)((char *)(p)-offsetof(type, member)))
