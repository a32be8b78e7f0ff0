/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a catalog once before we trust it.  LMDB maps its file and believes
 * what stands there, so a damaged or cut one can end its reader: that reader
 * is a child process here.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vtl/library/catalog_lmdb.h"

enum { CHECK_CPU_SECONDS = 60, CHECK_DAMAGED = 1, CHECK_NO_MEMORY = 2 };

static int walk(MDB_txn *txn, MDB_dbi dbi)
{
	MDB_stat stat;
	MDB_cursor *cursor;
	if (mdb_stat(txn, dbi, &stat) || mdb_cursor_open(txn, dbi, &cursor))
		return CHECK_DAMAGED;
	size_t n = 0;
	unsigned sum = 0;
	MDB_val key, value;
	int err;
	while (!(err = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) && n <= stat.ms_entries) {
		/* Touch every byte the rows claim to have. */
		for (size_t i = 0; i < key.mv_size; i++)
			sum += ((volatile uint8_t *)key.mv_data)[i];
		for (size_t i = 0; i < value.mv_size; i++)
			sum += ((volatile uint8_t *)value.mv_data)[i];
		n++;
	}
	(void)sum;
	mdb_cursor_close(cursor);
	return err == MDB_NOTFOUND && n == stat.ms_entries ? 0 : CHECK_DAMAGED;
}

static int child_check(const char *path)
{
	MDB_env *env;
	MDB_txn *txn;
	if (mdb_env_create(&env))
		return CHECK_NO_MEMORY;
	int err = mdb_env_set_maxdbs(env, N_TABLES);
	if (!err)
		err = mdb_env_open(env, path, MDB_RDONLY | MDB_NOLOCK, 0600);
	if (!err)
		err = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);
	if (err)
		return err == ENOMEM ? CHECK_NO_MEMORY : CHECK_DAMAGED;
	for (int i = 0; i < N_TABLES; i++) {
		MDB_dbi dbi;
		err = mdb_dbi_open(txn, catalog_table_names[i], 0, &dbi);
		if (err == MDB_NOTFOUND)
			continue; /* made at the first opening, which was cut short */
		if (err || walk(txn, dbi))
			return CHECK_DAMAGED;
	}
	return 0;
}

static _Noreturn void child_run(const char *path)
{
	struct rlimit cpu = { CHECK_CPU_SECONDS, CHECK_CPU_SECONDS }, core = { 0, 0 };
	setrlimit(RLIMIT_CPU, &cpu);
	setrlimit(RLIMIT_CORE, &core);
	int null = open("/dev/null", O_RDWR);
	if (null >= 0)
		dup2(null, STDERR_FILENO); /* how a damaged file ends its reader is no news */
	_exit(child_check(path));
}

int catalog_check(const char *path)
{
	char file[4096];
	struct stat st;
	if (snprintf(file, sizeof file, "%s/data.mdb", path) >= (int)sizeof file)
		return -ENAMETOOLONG;
	if (stat(file, &st))
		return -errno;
	if (!st.st_size)
		return -ENOENT;
	if (access(file, R_OK | W_OK))
		return -errno;

	pid_t child = fork();
	if (child < 0)
		return -errno;
	if (!child)
		child_run(path);
	int status;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (WIFEXITED(status) && WEXITSTATUS(status) == CHECK_NO_MEMORY)
		return -ENOMEM;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EUCLEAN;
}
