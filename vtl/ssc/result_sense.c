/* SPDX-License-Identifier: Apache-2.0 */
/* Translates results and errors of media/, and lost data, to sense data. No other file does. */
#include "vtl/ssc/result_sense.h"

#include <errno.h>
#include <stddef.h>

#include "vtl/base/log.h"
#include "vtl/ssc/health.h"

struct row {
	int result;
	unsigned verbs; /* of enum media_verb, as bits */
	enum sense id;
	bool filemark, eom;
	uint8_t alert;          /* TapeAlert flag; 0: none */
	enum health_kind fault; /* fault of the cartridge to record */
};

#define READING     (1u << MEDIA_READING)
#define WRITING     (1u << MEDIA_WRITING)
#define MOVING      (1u << MEDIA_MOVING)
#define LOADING     (1u << MEDIA_LOADING)
#define REMEMBERING (1u << MEDIA_REMEMBERING) /* writing the cartridge's memory */
#define ANY         (READING | WRITING | MOVING | LOADING)

/* clang-format off */
static const struct row rows[] = {
	{ MEDIA_FILEMARK, ANY,     SENSE_FILEMARK, .filemark = true },
	{ MEDIA_EOD,      ANY,     SENSE_END_OF_DATA },
	{ MEDIA_BOP,      ANY,     SENSE_BEGINNING_OF_PARTITION, .eom = true },
	{ MEDIA_FULL,     ANY,     SENSE_VOLUME_OVERFLOW, .eom = true },
	/* A full file system looks like a full tape, never like a bad one. */
	{ -ENOSPC,        ANY,     SENSE_VOLUME_OVERFLOW, .eom = true },
	{ -EDQUOT,        ANY,     SENSE_VOLUME_OVERFLOW, .eom = true },
	{ -EFBIG,         ANY,     SENSE_VOLUME_OVERFLOW, .eom = true },
	/* The file system is read-only. */
	{ -EROFS,         ANY,     SENSE_WRITE_PROTECTED, .alert = ALERT_WRITE_PROTECT },
	/* A WORM cartridge was tampered with: a fault of the cartridge since the load. */
	{ -EREMCHG,       WRITING, SENSE_WORM_TAMPERED,  .alert = ALERT_WORM_INTEGRITY },
	{ -EREMCHG,       ANY,     SENSE_WORM_INTEGRITY, .alert = ALERT_WORM_INTEGRITY },
	/* Some file systems report their own damage with this error. */
	{ -EUCLEAN,       WRITING, SENSE_WRITE_ERROR,  .alert = ALERT_WRITE_FAILURE,
	  .fault = HEALTH_WRITE },
	{ -EUCLEAN,       ANY,     SENSE_MEDIUM_FORMAT_CORRUPTED, .alert = ALERT_UNSUPPORTED_FORMAT,
	  .fault = HEALTH_OPEN },
	{ -EBADMSG,       READING, SENSE_READ_ERROR,   .alert = ALERT_READ_FAILURE,
	  .fault = HEALTH_READ },
	{ -EIO,           READING, SENSE_READ_ERROR,   .alert = ALERT_READ_FAILURE,
	  .fault = HEALTH_READ },
	/* There may be more data than the drive could read at the load: the host must not take this for their end. */
	{ -ENODATA,       READING | MOVING, SENSE_END_NOT_FOUND, .alert = ALERT_READ_FAILURE,
	  .fault = HEALTH_READ },
	/* The record is encrypted, and the drive does not decrypt: what LTO drives answer while decryption is off.
	 * Nothing is wrong with the cartridge, so there is no alert. */
	{ -ENOKEY,        READING, SENSE_UNABLE_TO_DECRYPT },
	{ -ENOMSG,        READING, SENSE_UNENCRYPTED_DATA },
	{ -EKEYREJECTED,  READING, SENSE_INCORRECT_KEY },
	{ -EBADE,         READING, SENSE_ENCRYPTION_MODE_MISMATCH },
	{ -EKEYREVOKED,   READING, SENSE_NOT_RAW_READ_ENABLED },
	/* Key and checksum are right: the record was changed or exchanged on purpose. */
	{ -EILSEQ,        READING, SENSE_INTEGRITY_FAILED, .alert = ALERT_READ_FAILURE,
	  .fault = HEALTH_READ },
	/* The host's protection value is not that of the data: what it sends is wrong, or what was stored. */
	{ -ECOMM,         READING, SENSE_PROTECTION_ERROR, .alert = ALERT_READ_FAILURE,
	  .fault = HEALTH_READ },
	{ -ECOMM,         WRITING, SENSE_PROTECTION_ERROR },
	/* The record is compressed in a way that this version does not know: another drive can read it. */
	{ -ENOPKG,        READING, SENSE_CANNOT_READ_MEDIUM },
	{ -EBADMSG,       WRITING, SENSE_WRITE_ERROR,  .alert = ALERT_WRITE_FAILURE,
	  .fault = HEALTH_WRITE },
	{ -EIO,           WRITING, SENSE_WRITE_ERROR,  .alert = ALERT_WRITE_FAILURE,
	  .fault = HEALTH_WRITE },
	{ -EBADMSG,       MOVING,  SENSE_LOCATE_ERROR, .alert = ALERT_HARD_ERROR,
	  .fault = HEALTH_READ },
	{ -EIO,           MOVING,  SENSE_LOCATE_ERROR, .alert = ALERT_HARD_ERROR,
	  .fault = HEALTH_READ },
	{ -EBADMSG,       LOADING, SENSE_MEDIUM_FORMAT_CORRUPTED, .alert = ALERT_UNSUPPORTED_FORMAT,
	  .fault = HEALTH_OPEN },
	{ -EIO,           LOADING, SENSE_LOAD_FAILED,  .alert = ALERT_HARD_ERROR,
	  .fault = HEALTH_OPEN },
	{ -ENOLINK,       LOADING, SENSE_MEDIUM_FORMAT_CORRUPTED, .alert = ALERT_UNSUPPORTED_FORMAT,
	  .fault = HEALTH_FILES },
	{ -ENOENT,        LOADING, SENSE_LOAD_FAILED,
	  .fault = HEALTH_FILES },
	/* Another version of Evertape wrote it: nothing is damaged, but this drive cannot read it. */
	{ -EPROTOTYPE,    LOADING, SENSE_CANNOT_READ_MEDIUM, .alert = ALERT_UNSUPPORTED_FORMAT,
	  .fault = HEALTH_OPEN },
	{ -EPROTONOSUPPORT, LOADING, SENSE_CANNOT_READ_MEDIUM, .alert = ALERT_UNSUPPORTED_FORMAT,
	  .fault = HEALTH_OPEN },
	{ -EBUSY,         LOADING, SENSE_LOAD_FAILED },
	{ -ENOSPC,        REMEMBERING, SENSE_MEMORY_FULL },
	{ -EDQUOT,        REMEMBERING, SENSE_MEMORY_FULL },
	{ -EROFS,         REMEMBERING, SENSE_WRITE_PROTECTED, .alert = ALERT_WRITE_PROTECT },
	{ -EUCLEAN,       REMEMBERING, SENSE_MEMORY_WRITE_ERROR },
	{ -EBUSY,         REMEMBERING, SENSE_MEMORY_WRITE_ERROR },
	{ -EBADMSG,       REMEMBERING, SENSE_MEMORY_WRITE_ERROR },
	{ -EIO,           REMEMBERING, SENSE_MEMORY_WRITE_ERROR, .alert = ALERT_WRITE_FAILURE,
	  .fault = HEALTH_WRITE },
	{ -EMEDIUMTYPE,   LOADING, SENSE_INCOMPATIBLE_MEDIUM, .alert = ALERT_UNSUPPORTED_FORMAT },
};
/* clang-format on */

static bool in_early_warning(const struct tape *tape)
{
	if (!tape->cart)
		return false;
	struct cart_position at;
	cart_position(tape->cart, &at);
	return at.early_warning;
}

static const struct row *row_of(int result, enum media_verb verb)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].result == result && rows[i].verbs & 1u << verb)
			return &rows[i];
	return NULL;
}

static uint64_t object_of(const struct tape *tape)
{
	struct cart_position at;
	if (!tape->cart)
		return NO_OBJECT;
	cart_position(tape->cart, &at);
	return at.object;
}

void result_trouble(struct tape *tape, int result, enum media_verb verb)
{
	const struct row *row = row_of(result, verb);
	if (row && row->alert)
		tape_alert(tape, row->alert);
	if (row)
		tape_fault(tape, row->fault, result, object_of(tape));
	if (result != -ECANCELED)
		diagnostics_add(tape, row ? row->id : SENSE_TARGET_FAILURE);
}

/* The sense for hosts; no alert and no fault is recorded. */
static struct sense_data sense_of(const struct tape *tape, int result, enum media_verb verb)
{
	const struct row *row = row_of(result, verb);
	if (!row)
		return (struct sense_data){ .id = SENSE_TARGET_FAILURE };
	return (struct sense_data){
		.id = row->id,
		.filemark = row->filemark,
		/* EOM is set at end of data only after early warning. */
		.eom = row->eom || (result == MEDIA_EOD && in_early_warning(tape)),
	};
}

struct sense_data result_sense(struct tape *tape, int result, enum media_verb verb)
{
	result_trouble(tape, result, verb);
	return sense_of(tape, result, verb);
}

/* Of the medium or the drive; a record that the host has no key for is none. */
static bool is_error(const struct sense_data *sense)
{
	enum { MEDIUM_ERROR = 3, HARDWARE_ERROR = 4 };
	uint8_t key = sense_row(sense->id)->key;
	return key == MEDIUM_ERROR || key == HARDWARE_ERROR;
}

/* recorded: its alert and its fault are recorded already. */
static void fail(struct work *w, int result, enum media_verb verb, int64_t left, bool recorded)
{
	if (result == -ECANCELED)
		return; /* the task is gone; no initiator can be told */
	if (!recorded)
		result_trouble(w->tape, result, verb);
	struct sense_data sense = sense_of(w->tape, result, verb);
	if (verb == MEDIA_READING && is_error(&sense)) {
		w->tape->total.read_errors++;
		w->tape->mount.read_errors++;
	}
	/* INFORMATION has 32 bits; VALID is 0 when the value does not fit (SPC-5 4.4.3). */
	sense.valid = left >= INT32_MIN && left <= (int64_t)UINT32_MAX;
	sense.information = sense.valid ? left : 0;
	work_fail(w, &sense);
}

void result_fail(struct work *w, int result, enum media_verb verb, int64_t left)
{
	fail(w, result, verb, left, false);
}

/* A loss of buffered data. */
struct loss {
	bool any;
	bool ours;               /* the nexus wrote the data */
	struct sense_data sense; /* deferred */
};

static void loss_record(struct tape *tape, int err, uint64_t first, enum sense id)
{
	const struct row *row = row_of(err, MEDIA_WRITING);
	tape->total.write_errors++;
	tape->mount.write_errors++;
	if (row && row->alert)
		tape_alert(tape, row->alert);
	if (id == SENSE_VOLUME_OVERFLOW)
		log_error("cartridge %s: buffered data from object %llu on was lost: %s", tape->label.barcode,
			(unsigned long long)first, media_error_text(err));
	else
		tape_fault(tape, HEALTH_SYNC, err, first);
}

/* Takes a loss that no host has heard of and records it, once.  If another nexus wrote the data, the core gets its
 * deferred error. */
static struct loss loss_take(struct tape *tape, const struct nexus *nexus)
{
	int err;
	uint64_t first;
	if (!tape->cart || !cart_fault_take(tape->cart, &err, &first))
		return (struct loss){ 0 };
	struct loss loss = { true, tape->writer == nexus, sense_of(tape, err, MEDIA_WRITING) };
	loss_record(tape, err, first, loss.sense.id);
	if (loss.sense.id == SENSE_WRITE_PROTECTED || loss.sense.id == SENSE_TARGET_FAILURE)
		loss.sense.id = SENSE_WRITE_ERROR;
	diagnostics_add(tape, loss.sense.id);
	loss.sense.deferred = true;
	if (!loss.ours)
		lu_defer(&tape->lu, tape->writer, &loss.sense);
	return loss;
}

bool result_fault(struct tape *tape, const struct nexus *nexus, struct sense_data *ret_sense)
{
	struct loss loss = loss_take(tape, nexus);
	if (loss.ours)
		*ret_sense = loss.sense;
	return loss.ours;
}

void result_write_fail(struct work *w, int result, int64_t left)
{
	struct loss loss = { 0 };
	if (result < 0 && result != -ECANCELED)
		loss = loss_take(w->tape, w->nexus);
	if (loss.ours)
		work_fail(w, &loss.sense);
	else
		fail(w, result, MEDIA_WRITING, left, loss.any);
}

void result_sync_fail(struct work *w, int result, int64_t left)
{
	struct loss loss = loss_take(w->tape, w->nexus);
	fail(w, result, MEDIA_WRITING, left, loss.any);
}
