/* SPDX-License-Identifier: Apache-2.0 */
/* What hosts notice when devices change, as texts.  The daemon uses them to refuse a change; `evertape
 * passport compare` uses them for a change it finds. */
#pragma once

enum change {
	CHANGE_TARGET_GONE,
	CHANGE_UNIT_GONE,
	CHANGE_LUN,
	CHANGE_VENDOR,
	CHANGE_PRODUCT,
	CHANGE_REVISION,
	CHANGE_TARGET_NEW,
	CHANGE_UNIT_NEW,
};

struct change_row {
	const char *what, *effect;
};

static const struct change_row change_rows[] = {
	[CHANGE_TARGET_GONE] = { "the target was removed", "hosts lose all its devices" },
	[CHANGE_UNIT_GONE] = { "the logical unit was removed", "hosts report a missing device" },
	[CHANGE_LUN] = { "the LUN", "Windows creates a new device, because the LUN is part of the path" },
	[CHANGE_VENDOR] = { "the vendor", "Windows creates a new device and selects its driver again" },
	[CHANGE_PRODUCT] = { "the product name",
		"Windows creates a new device and selects its driver again" },
	[CHANGE_REVISION] = { "the firmware revision",
		"the first hardware ID changes; Windows may select its driver again" },
	[CHANGE_TARGET_NEW] = { "a target", "new" },
	[CHANGE_UNIT_NEW] = { "a logical unit", "new" },
};
