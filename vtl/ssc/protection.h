/* SPDX-License-Identifier: Apache-2.0 */
/* Logical block protection as hosts set and see it (SSC-5 4.2.19, 8.5.9): a value of 4 bytes behind each block. */
#pragma once

#include "vtl/ssc/tape.h"

/* The method with which blocks that this nexus writes or reads have a value behind them; LBP_NONE: they have none. */
enum lbp_method protection_written(const struct lu *lu, const struct lu_nexus *nexus);
enum lbp_method protection_read(const struct lu *lu, const struct lu_nexus *nexus);
/* The method that the nexus has set, whether or not it uses it. */
enum lbp_method protection_method(const struct lu *lu, const struct lu_nexus *nexus);
/* Whether a drive with this profile has that method. */
bool protection_offered(const struct tape_profile *profile, unsigned method);

/* A value as the bytes behind a block. */
uint32_t protection_get(enum lbp_method method, const uint8_t bytes[static LBP_VALUE]);
void protection_put(enum lbp_method method, uint32_t value, uint8_t bytes[static LBP_VALUE]);

/* Mode page 0Ah/F0h, VPD page B5h. */
int protection_page_commit(struct lu *lu, struct lu_nexus *nexus, const uint8_t *page);
void vpd_protection(struct lu *lu, const struct task *task, struct wire *w);
