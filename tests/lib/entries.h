/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <dirent.h>

/* Returns how many entries a folder has, "." and ".." included; 0: it cannot be read.  /proc/self/fd and
 * /proc/self/task count the open files and the threads of the process. */
static inline unsigned entries_of(const char *folder)
{
	DIR *dir = opendir(folder);
	unsigned n = 0;
	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}
