/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks after the end of data.mdb, so that a commit finds space on a full disk. LMDB never writes in place:
 * a commit writes new copies of the pages it changes. With as much space as the catalog has pages, even a
 * commit that changes every page succeeds; a move changes about ten. */
#include <errno.h>
#include <sys/stat.h>

#include "vtl/catalog/ballast.h"
#include "vtl/catalog/lmdb_env.h"

/* The least reserve is this part of the wanted one. */
enum { RESERVE_SHARE = 16, RESERVE_LEAST = 1 << 20, RESERVE_MOST = 64 << 20 };

static uint64_t bytes_used(struct catalog *catalog)
{
	MDB_envinfo info;
	MDB_stat stat;
	if (mdb_env_info(catalog->env, &info) || mdb_env_stat(catalog->env, &stat))
		return 0;
	return ((uint64_t)info.me_last_pgno + 1) * stat.ms_psize;
}

/* Blocks that the file has already, perhaps from an earlier process. */
static uint64_t bytes_held(int fd)
{
	struct stat st;
	return fstat(fd, &st) ? 0 : (uint64_t)st.st_blocks * 512;
}

int catalog_reserve(struct catalog *catalog)
{
	int fd;
	if (catalog->read_only)
		return 0;
	uint64_t used = bytes_used(catalog), want = used;
	if (want < RESERVE_LEAST)
		want = RESERVE_LEAST;
	if (want > RESERVE_MOST)
		want = RESERVE_MOST;
	if (used + want / 2 <= catalog->held || mdb_env_get_fd(catalog->env, &fd))
		return 0;
	uint64_t end = used + reserve_size(fd, want);
	int err = end > catalog->held ? blocks_reserve(fd, end) : 0;
	if (err && err != -ENOSPC && err != -EDQUOT)
		return err;
	uint64_t held = bytes_held(fd);
	catalog->held = !err && end > held ? end : held;
	return catalog->held < used + RESERVE_LEAST / RESERVE_SHARE ? -ENOSPC : 0;
}
