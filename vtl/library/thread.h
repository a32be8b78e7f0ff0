/* SPDX-License-Identifier: Apache-2.0 */
/* Cartridges into drives and out of them. The caller holds the turn of the library; both wait. */
#pragma once

#include "vtl/library/installation.h"

/* Opens a cartridge in a drive. -EBUSY: the cartridge is being verified or copied; -ETIMEDOUT: its files do not
 * respond; -errno. The failure is logged. Nothing has changed then; but if `stays`, the cartridge is in the drive and can
 * be loaded later, except after -ETIMEDOUT. */
int drive_thread(struct installation *inst, struct drive *drive, const struct cartridge_private *priv,
	bool stays, const struct actor *by);
/* Syncs and closes the cartridge of a drive. -EBUSY: a host prevents removal; -ETIMEDOUT, -errno, logged. */
int drive_unthread(struct drive *drive, const struct actor *by);
