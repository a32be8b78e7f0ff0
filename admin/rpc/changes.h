/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What hosts notice of devices that change, in words: those of the daemon, which refuses such a change,
 * and of `evertape passport compare`, which finds it afterwards.
 */
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
	[CHANGE_TARGET_GONE] = { "the target is gone", "hosts lose every device behind it" },
	[CHANGE_UNIT_GONE] = { "the unit is gone", "hosts report a missing device" },
	[CHANGE_LUN] = { "the LUN", "Windows makes a new device: the LUN is part of its path" },
	[CHANGE_VENDOR] = { "the vendor", "Windows makes a new device and looks for another driver" },
	[CHANGE_PRODUCT] = { "the product name", "Windows makes a new device and looks for another driver" },
	[CHANGE_REVISION] = { "the firmware revision",
		"the first hardware ID changes; a driver may be chosen anew" },
	[CHANGE_TARGET_NEW] = { "a target", "new" },
	[CHANGE_UNIT_NEW] = { "a unit", "new" },
};
