/* SPDX-License-Identifier: Apache-2.0 */
/* What programs have stored in a cartridge's memory: read from its folder, also while a drive has it, because the
 * drive writes what a host stores at once. */
#include <stdlib.h>
#include <string.h>

#include "admin/rpc/view.h"
#include "admin/view/keys.h"
#include "media/engine/engine.h"
#include "vtl/base/job.h"

enum { MEMORY_WAIT_MS = 5000, READS_HANGING_MAX = 4, TEXT_MAX = 160 };

enum memory_text {
	MEMORY_VENDOR,
	MEMORY_APPLICATION,
	MEMORY_VERSION,
	MEMORY_LABEL,
	MEMORY_POOL,
	MEMORY_OWNER,
	MEMORY_BARCODE,
	MEMORY_WRITTEN,
	N_MEMORY_TEXTS
};

static const uint16_t ids[N_MEMORY_TEXTS] = { [MEMORY_VENDOR] = 0x0800,
	[MEMORY_APPLICATION] = 0x0801,
	[MEMORY_VERSION] = 0x0802,
	[MEMORY_LABEL] = 0x0803,
	[MEMORY_POOL] = 0x0808,
	[MEMORY_OWNER] = 0x0807,
	[MEMORY_BARCODE] = 0x0806,
	[MEMORY_WRITTEN] = 0x0804 };

struct memory_seen {
	char text[N_MEMORY_TEXTS][TEXT_MAX + 1]; /* UTF-8; "": there is none */
	unsigned attributes;
};

/* Input and output of the helper thread. It may outlive the call. */
struct memory_job {
	const char *root;
	struct cart_label label;
	struct memory_seen seen;
	int err;
};

/* clang-format off */
#include "admin/view/build.h"
#include "admin/view/memory.def"
#include "admin/view/end.h"
/* clang-format on */

/* Without what stands behind the text; bytes that are no UTF-8 become question marks. */
static void text_take(char text[static TEXT_MAX + 1], const struct cart_attribute *a)
{
	size_t n = a->len < TEXT_MAX ? a->len : TEXT_MAX;
	n = strnlen((const char *)a->value, n);
	while (n > 0 && a->value[n - 1] == ' ')
		n--;
	memcpy(text, a->value, n);
	text[n] = 0;
	json_t *sound = json_string(text);
	for (size_t i = 0; !sound && i < n; i++)
		if (text[i] & 0x80)
			text[i] = '?';
	json_decref(sound);
}

static void take(void *arg, const struct cart_attribute *a)
{
	struct memory_seen *seen = arg;
	seen->attributes += (a->id >= 0x0800 && a->id <= 0x0bff) || (a->id >= 0x1400 && a->id <= 0x17ff);
	for (size_t i = 0; i < N_MEMORY_TEXTS; i++)
		if (a->id == ids[i] && a->partition == 0)
			text_take(seen->text[i], a);
}

static void memory_look(void *arg)
{
	struct memory_job *job = arg;
	struct engine *engine = engine_sync_new();
	job->err = engine ? cart_attributes_read(shelf_at(engine, job->root), &job->label, take, &job->seen)
			  : -ENOMEM;
	engine_free(engine);
}

json_t *memory_view(struct installation *inst, const struct cart_label *label)
{
	struct memory_job *job = calloc(1, sizeof *job);
	if (!job)
		return NULL;
	job->root = installation_cartridges(inst);
	job->label = *label;
	int err = jobs_left() >= READS_HANGING_MAX ? -EBUSY
						   : job_call_ms(memory_look, job, MEMORY_WAIT_MS, free);
	if (err == -ETIMEDOUT)
		return json_null(); /* the helper thread still uses the job */
	json_t *view = err || job->err ? json_null() : cartridge_memory_put(json_object(), &job->seen);
	free(job);
	return view;
}
