/* SPDX-License-Identifier: Apache-2.0 */
/* A door of vtl/library: listeners for changes. */
#pragma once

#include "vtl/library/library.h"

/* A listener for changes. Its functions are called in a fiber of worker 0, after the commit; each may be NULL. They may
 * wait and may call memory_*(), but no function that changes the installation. What exists when the installation opens
 * is not announced; walk it with library_first(). */
struct library_listener {
	TAILQ_ENTRY(library_listener) link;
	void (*library_added)(void *arg, struct library *library);
	void (*library_removed)(void *arg, struct library *library);
	void (*drive_added)(void *arg, struct drive *drive);
	void (*drive_removed)(void *arg, struct drive *drive);
	/* An operator or the changer used a mail slot; element->by_operator tells which. */
	void (*mailslot_accessed)(void *arg, struct library *library, struct element *mailslot);
	/* Cartridges changed place. by_operator: without a mail slot, so hosts could not notice. */
	void (*elements_changed)(void *arg, struct library *library, bool by_operator);
	void (*layout_changed)(void *arg, struct library *library);
	/* The changer has another personality from now on. */
	void (*changer_changed)(void *arg, struct library *library);
	void *arg;
};

/* Adds a listener; any number may listen, and each is called in the order in which they were added. It stays until
 * installation_close(). The caller owns the memory. From a fiber on worker 0. */
void library_listen(struct installation *inst, struct library_listener *listener);
