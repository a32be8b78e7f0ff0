/* SPDX-License-Identifier: Apache-2.0 */
/* The personalities as JSON; needs no daemon. */
#pragma once

#include <jansson.h>

/* {"personalities":[{...}]}, a new reference. */
json_t *personalities_view(void);
