/* SPDX-License-Identifier: Apache-2.0 */
/* Rules in memory that is locked and left out of core dumps, and their secrets in the secrets file. */
#include <errno.h>
#include <string.h>

#include "vtl/access/rules.h"
#include "vtl/base/error_text.h"
#include "vtl/base/job.h"
#include "vtl/base/locked.h"
#include "vtl/base/log.h"

/* On many machines little memory may be locked, and io_uring needs it too. */
enum { RULES_LOCKED = 256 };

struct initiator_row *rule_new(const struct access *access)
{
	return locked_new(sizeof(struct initiator_row), HASH_COUNT(access->rules) < RULES_LOCKED);
}

void rule_free(struct initiator_row *rule)
{
	locked_free(rule, sizeof *rule);
}

/* --- storage ---------------------------------------------------------------------------------- */

static int secret_read_one(struct access *access, const char *user, uint64_t id, char *ret_secret)
{
	if (!*user)
		return 0;
	return id ? secrets_get(access->secrets, id, ret_secret) : -ENOENT;
}

void rule_read_secrets(struct access *access, struct initiator_row *rule)
{
	struct initiator *i = &rule->pub;
	int err = secret_read_one(access, i->chap_user, rule->ids.chap, i->chap_secret);
	if (!err)
		err = secret_read_one(access, i->target_user, rule->ids.target, i->target_secret);
	if (!err)
		return;
	log_error(
		"the rule of %s refuses all logins: its CHAP secret cannot be read (%s); set it again with: "
		"evertape initiator allow",
		i->name, err == -ENOENT ? "not found" : error_text(err));
	i->allowed = false;
}

/* Storing or dropping one secret, on a helper thread. */
struct secret_job {
	struct access *access;
	const char *secret; /* NULL: drop */
	uint64_t id;
	int err;
};

static void secret_run(void *arg)
{
	struct secret_job *job = arg;
	job->err = job->secret ? secrets_put(job->access->secrets, job->secret, &job->id)
			       : secrets_drop(job->access->secrets, job->id);
}

/* The id of a stored secret that stays the same, or of a new one. */
static int secret_keep(struct access *access, const char *before, uint64_t id, const char *will_be,
	uint64_t *ret_id)
{
	struct secret_job job = { .access = access, .secret = will_be };
	if (!*will_be) {
		*ret_id = 0;
		return 0;
	}
	if (id && before && !strcmp(before, will_be)) {
		*ret_id = id;
		return 0;
	}
	job_call(secret_run, &job);
	*ret_id = job.id;
	return job.err;
}

static void secret_drop(struct access *access, const char *name, uint64_t id)
{
	struct secret_job job = { .access = access, .id = id };
	if (!id)
		return;
	job_call(secret_run, &job);
	if (job.err)
		log_warn("a removed secret of %s is still in %s/" SECRETS_NAME ": %s; the next start "
			 "overwrites it",
			name, access->dir, error_text(job.err));
}

int rule_keep_secrets(struct access *access, const struct initiator_row *before,
	const struct initiator *will_be, struct rule_ids *ret_ids)
{
	static const struct rule_ids none;
	const struct rule_ids *had = before ? &before->ids : &none;
	struct rule_ids ids = { 0 };
	int err = secret_keep(access, before ? before->pub.chap_secret : NULL, had->chap,
		will_be->chap_secret, &ids.chap);
	if (err)
		return err;
	err = secret_keep(access, before ? before->pub.target_secret : NULL, had->target,
		will_be->target_secret, &ids.target);
	if (err)
		rule_drop_secrets(access, will_be->name, (struct rule_ids){ .chap = ids.chap }, *had);
	else
		*ret_ids = ids;
	return err;
}

void rule_drop_secrets(struct access *access, const char *name, struct rule_ids gone, struct rule_ids kept)
{
	if (gone.chap != kept.chap)
		secret_drop(access, name, gone.chap);
	if (gone.target != kept.target)
		secret_drop(access, name, gone.target);
}

static bool is_named(void *arg, uint64_t id)
{
	struct access *access = arg;
	struct initiator_row *rule, *next;
	HASH_ITER(hh, access->rules, rule, next)
		if (rule->ids.chap == id || rule->ids.target == id)
			return true;
	return false;
}

void access_sweep(struct access *access)
{
	int err = secrets_sweep(access->secrets, is_named, access);
	if (err)
		log_warn("removed secrets are still in %s/" SECRETS_NAME ": %s", access->dir,
			error_text(err));
}
