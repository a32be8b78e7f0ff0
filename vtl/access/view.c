/* SPDX-License-Identifier: Apache-2.0 */
/* What an initiator may see: everything, or what its rule names. */
#include <string.h>

#include "vtl/access/access.h"

enum { WORDS = sizeof((struct view *)NULL)->devices / sizeof *((struct view *)NULL)->devices };

bool view_has_all_devices(const struct view *view)
{
	uint64_t any = 0;
	for (size_t i = 0; i < WORDS; i++)
		any |= view->devices[i];
	return !any;
}

bool view_is_whole(const struct view *view)
{
	return view->n_libraries == 0 && view_has_all_devices(view);
}

bool view_has_device(const struct view *view, unsigned number)
{
	bool named = number <= VIEW_DEVICES_MAX && (view->devices[number / 64] >> number % 64 & 1);
	return named || view_has_all_devices(view);
}

bool view_has_library(const struct view *view, const char *library)
{
	bool named = view->n_libraries == 0;
	for (unsigned i = 0; i < view->n_libraries; i++)
		named |= strcmp(view->libraries[i], library) == 0;
	return named;
}
