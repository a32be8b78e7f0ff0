/* SPDX-License-Identifier: Apache-2.0 */
/* Variables that free or close what they hold at the end of their block. */
#pragma once

#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#define autofree  __attribute__((cleanup(cleanup_free)))
#define autoclose __attribute__((cleanup(cleanup_fd)))

static inline void *take_pointer(void *pp)
{
	void *p = *(void **)pp;
	*(void **)pp = NULL;
	return p;
}

/* Takes the pointer or descriptor out of the variable, which then no longer owns it. */
#define take_ptr(p) ((__typeof__(p))take_pointer(&(p)))

static inline int take_descriptor(int *fd)
{
	int n = *fd;
	*fd = -1;
	return n;
}
#define take_fd(fd) take_descriptor(&(fd))
