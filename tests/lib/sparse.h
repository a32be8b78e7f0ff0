/* SPDX-License-Identifier: Apache-2.0 */
/* An engine for cartridges on a memory file system: list tests/lib/sparse.c among the sources. */
#pragma once

#include "media/engine/engine.h"

/* engine_sync_new(), but reserving space only makes the file longer: a memory file system makes every page
 * that is reserved, which took most of the time of a test. */
struct engine *engine_sparse_new(void);
