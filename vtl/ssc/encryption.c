/* SPDX-License-Identifier: Apache-2.0 */
/* Encryption parameters on their way: from SET DATA ENCRYPTION to the drive, from the drive to the cartridge. */
#include <errno.h>
#include <string.h>

#include "vtl/base/locked.h"
#include "vtl/ssc/keys.h"
#include "vtl/ssc/result_sense.h"

/* --- to the cartridge ------------------------------------------------------------------------------- */

static const enum cart_decryption decryptions[N_DECRYPTIONS] = {
	[DECRYPTION_OFF] = CART_LOCKED,
	[DECRYPTION_RAW] = CART_RAW,
	[DECRYPTION_ON] = CART_DECRYPT,
	[DECRYPTION_MIXED] = CART_MIXED,
};

/* A sync point, if the cartridge does not do so already.  After an error it does what it did before. */
static int bring(struct tape *tape, const struct key_set *set)
{
	const struct key_params *p = &set->params;
	if (tape->keys_used == set->number)
		return 0;
	struct cart_crypt crypt = {
		.encrypt = p->encryption == ENCRYPTION_ON,
		.never_raw = p->rdmc != RDMC_ENABLE,
		.decryption = decryptions[p->decryption],
		.external = p->ceem == CEEM_EXTERNAL,
		.key = p->key,
	};
	memcpy(crypt.kad, p->kad, sizeof crypt.kad);
	int err = cart_use_crypt(tape->cart, set->number ? &crypt : NULL);
	tape->dirty = false;
	if (err)
		return err;
	tape->keys_used = set->number;
	return 0;
}

bool work_keys(struct work *w, bool writes)
{
	struct tape *tape = w->tape;
	const struct lu_nexus *nexus = w->task->lu_nexus;
	if (writes && keys_locked_out(tape, nexus)) {
		work_fail(w, &(struct sense_data){ .id = SENSE_KEY_COUNTER_CHANGED });
		return false;
	}
	int err = bring(tape, keys_of(tape, nexus));
	if (err)
		result_write_fail(w, err, 0);
	return !err;
}

static void forget_now(void *arg)
{
	static const struct key_set none = { 0 };
	struct tape *tape = arg;
	struct sense_data sense;
	tape_acquire(tape, 0);
	if (tape->cart && !keys_have(tape, tape->keys_used) && bring(tape, &none) &&
		result_fault(tape, NULL, &sense))
		lu_defer(&tape->lu, NULL, &sense);
	tape->fibers--;
	tape_release(tape);
}

void keys_forget_later(struct tape *tape)
{
	if (!tape->cart || keys_have(tape, tape->keys_used))
		return;
	tape->fibers++;
	if (fiber_start("forget keys", forget_now, tape))
		tape->fibers--; /* no memory: the next command that uses the medium, or the unload, does it */
}

/* --- from the host ---------------------------------------------------------------------------------- */

/* CKOD needs a volume that can be demounted, CKORP and CKORL a reservation that can be lost. */
static bool lifetimes_ok(struct task *task, const struct key_params *p)
{
	enum { CONTROL_BYTE = 5, CKOD_BIT = 2, CKORP_BIT = 1, CKORL_BIT = 0 };
	const struct nexus *nexus = task->nexus;
	bool reserves = lu_port_reserves(task->lu, nexus->initiator_port, nexus->target->port);
	int bit = p->ckod && !tape_of(task->lu)->cart ? CKOD_BIT
		: p->ckorp && !reserves               ? CKORP_BIT
		: p->ckorl && !reserves               ? CKORL_BIT
						      : -1;
	if (bit >= 0)
		task_fail_list(task, CONTROL_BYTE, bit);
	return bit < 0;
}

/* With the medium held.  Records that are buffered get the key of their time. */
static void change(struct task *task, const struct key_request *request)
{
	struct tape *tape = tape_of(task->lu);
	struct work w = { .tape = tape, .cart = tape->cart, .task = task, .nexus = task->nexus };
	if (task->aborted || !lifetimes_ok(task, &request->params) || (tape->cart && !work_sync(&w)))
		return;
	if (keys_set(tape, task->lu_nexus, request))
		task->status = STATUS_BUSY;
	else if (tape->cart)
		bring(tape, keys_of(tape, task->lu_nexus)); /* if it fails, the next command tries again */
}

/* Without a key pair no host has seen a public key. */
static bool unwrap_key(const struct tape *tape, struct key_request *request)
{
	const struct key_wrap *wrap = tape->keys->wrap;
	return !request->wrapped.bytes ||
		(wrap && key_unwrap(wrap, &request->wrapped, request->params.key, CART_KEY));
}

static void set(struct task *task, struct key_request *request, const uint8_t *list, size_t len)
{
	struct tape *tape = tape_of(task->lu);
	const struct lu_identity *wraps = key_wrap_offered(task->lu) ? &task->lu->id : NULL;
	struct list_fault fault;
	if (!set_encryption_parse(wraps, list, len, request, &fault)) {
		if (fault.pointer)
			task_fail_list(task, fault.byte, fault.bit);
		else
			task_fail(task, fault.id);
	} else if (!unwrap_key(tape, request)) {
		task_fail(task, SENSE_UNABLE_TO_DECRYPT_LIST);
	} else {
		tape_acquire(tape, 0);
		change(task, request);
		tape_release(tape);
	}
}

void ssc_set_encryption(struct task *task, const uint8_t *list, size_t len)
{
	struct key_request *request = locked_new(sizeof *request, true);
	if (request)
		set(task, request, list, len);
	else
		task->status = STATUS_BUSY;
	locked_free(request, sizeof *request);
}
