/* SPDX-License-Identifier: Apache-2.0 */
/* Devices of the kernel's device mapper. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "admin/initiator/initiator.h"

enum { DEVICE_PATH = 32 };

/* Makes a device of one target over `sectors` sectors; path is its node. */
bool dm_make(const char *name, const char *target, const char *parameters, uint64_t sectors,
	char path[static DEVICE_PATH], char why[static WHY_LEN]);
/* Removes it when nobody has it open any more; waits for that. */
bool dm_remove(const char *name, char why[static WHY_LEN]);
/* Tells its target something. */
bool dm_tell(const char *name, const char *message);
