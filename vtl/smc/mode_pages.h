/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of mode pages; profile.c assigns them to changers. */
#pragma once

#include "vtl/scsi/scsi.h"

extern const struct mode_page mode_pages_plain[];   /* 1C 1D 1E 1F, 1Fh of 16 bytes */
extern const struct mode_page mode_pages_control[]; /* the same and 0Ah */
extern const struct mode_page mode_pages_savable[]; /* 1Dh says PS=1 */
extern const struct mode_page mode_pages_msl[];     /* PS=1, 1Fh of 20 bytes */
