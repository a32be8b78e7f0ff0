/* SPDX-License-Identifier: Apache-2.0 */
/* Passes an LU's saved state to the installation's worker and back. */
#include "vtl/server/store.h"

struct errand {
	struct store *store;
	const char *key;
	const void *out;
	void *in;
	size_t len;
	int64_t result;
};

static void save_there(void *arg)
{
	struct errand *e = arg;
	e->result = memory_save(e->store->inst, e->store->device_id, e->key, e->out, e->len);
}

static void load_there(void *arg)
{
	struct errand *e = arg;
	e->result = memory_load(e->store->inst, e->store->device_id, e->key, e->in, e->len);
}

static int store_save(void *arg, const char *key, const void *blob, size_t len)
{
	struct errand e = { .store = arg, .key = key, .out = blob, .len = len };
	worker_call(e.store->home, save_there, &e);
	return (int)e.result;
}

static int64_t store_load(void *arg, const char *key, void *blob, size_t size)
{
	struct errand e = { .store = arg, .key = key, .in = blob, .len = size };
	worker_call(e.store->home, load_there, &e);
	return e.result;
}

struct lu_store store_for_lu(struct store *store)
{
	return (struct lu_store){ .save = store_save, .load = store_load, .arg = store };
}
