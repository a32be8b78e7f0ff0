/* SPDX-License-Identifier: Apache-2.0 */
/* WRITE FILEMARKS(6) and (16) (SSC-5 7.19). With IMMED=0 it is a sync point, also with count 0. */
#include "vtl/ssc/append_only.h"
#include "vtl/ssc/early_warning.h"
#include "vtl/ssc/result_sense.h"
#include "vtl/ssc/tape_log.h"
#include "vtl/ssc/transfer.h"

/* Writes the filemarks. False: the command has failed. */
static bool put_marks(struct work *w, uint32_t count)
{
	uint32_t done = 0;
	struct overwrite overwrite;
	bool overwrites = overwrite_begins(w, &overwrite);
	int result = cart_write_filemarks(w->cart, count, &done);
	if (done) {
		w->tape->dirty = true;
		w->tape->writer = w->nexus;
		if (overwrites)
			overwrite_log(w, &overwrite);
	}
	if (result == MEDIA_OK)
		return true;
	result_write_fail(w, result, (int64_t)count - done);
	return false;
}

/* Writes buffered data. A failure is current sense, because this command promised the sync. */
static bool flush(struct work *w, uint32_t count)
{
	if (!w->tape->dirty)
		return true;
	int err = cart_sync(w->cart);
	w->tape->dirty = false;
	if (!err)
		return true;
	result_sync_fail(w, err, count);
	return false;
}

static void write_marks(struct work *w, uint32_t count, bool early)
{
	if (count && (!append_allowed(w) || !put_marks(w, count)))
		return;
	if ((!early || w->tape->buffered_mode == 0) && !flush(w, count))
		return;
	if (count)
		warn_of_end(w);
}

static void write_filemarks(struct task *task, const struct place *place)
{
	uint32_t count = get_be24(task->cdb + transfer_length_byte(task));
	bool early = cdb_field(task, "immed");
	/* Windows sends count 0 before every position query, also to write-protected media. */
	if (count && !tape_writable(task))
		return;
	struct work w;
	if (!work_begin(&w, task, count ? DRIVE_WRITING : DRIVE_IDLE))
		return;
	if (place_go(&w, place))
		write_marks(&w, count, early);
	work_end(&w);
}

void ssc_write_filemarks6(struct task *task)
{
	write_filemarks(task, &(struct place){ 0 });
}

void ssc_write_filemarks16(struct task *task)
{
	const struct place place = place_decode(task);
	write_filemarks(task, &place);
}
