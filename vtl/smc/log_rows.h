/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of log parameters that log_pages.c puts into the pages of the makes. */
#pragma once

#include "vtl/scsi/scsi.h"

/* log_msl.c: pages 0Dh, 30h and 3Eh of an MSL3040, and its pages that are empty. */
extern const struct log_param msl_temperature[], msl_usage[], msl_status[], msl_nothing[];
/* log_events.c: page 07h with the events that there are, or always with all twenty. */
extern const struct log_param events_there[], events_all[];
