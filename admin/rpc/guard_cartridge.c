/* SPDX-License-Identifier: Apache-2.0 */
/* Refuses to unload or delete cartridges that hosts use or that hold data. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/rpc/guard.h"
#include "admin/rpc/view.h"
#include "admin/view/keys.h"
#include "vtl/base/cleanup.h"
#include "vtl/library/deleted.h"

bool guard_force(struct call *call, const char *format, ...)
{
	char text[WHY_LEN];
	va_list args;
	if (call_flag(call, "force"))
		return true;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	call_refuse(call, CODE_NEEDS_FORCE, "%s", text);
	return false;
}

/* Writes "session 3 of iqn...", or only the name of a host that is not logged in. */
static void host_text(const struct drive_host *host, char *out, size_t size)
{
	if (host->session)
		snprintf(out, size, "session %u of %.80s", host->session, host->initiator);
	else
		snprintf(out, size, "%.80s", host->initiator);
}

static bool guard_reserved(struct call *call, unsigned number, const struct drive_status *s)
{
	char host[120];
	if (!*s->holder.initiator)
		return true;
	host_text(&s->holder, host, sizeof host);
	return guard_force(call, "%s holds a %sreservation on drive:%u; use --force to unload cartridge %s",
		host, s->held_persistently ? "persistent " : "", number, s->barcode);
}

/* A host that has unloaded the cartridge does not use it any more. */
static bool guard_used(struct call *call, unsigned number, const struct drive_status *s)
{
	char host[120], when[32];
	if (!s->loaded || !*s->user.initiator || s->used_ms >= GUARD_USE_MS)
		return true;
	host_text(&s->user, host, sizeof host);
	if (s->used_ms)
		snprintf(when, sizeof when, "used drive:%u %.2f s ago", number, (double)s->used_ms / 1000);
	else
		snprintf(when, sizeof when, "is using drive:%u", number);
	return guard_force(call, "%s %s; use --force to unload cartridge %s", host, when, s->barcode);
}

bool guard_unload(struct call *call, const struct drive *drive)
{
	struct drive_status status;
	unsigned number = drive->number;
	autofree char *name = strdup(drive->library->name);
	if (call_flag(call, "force") || !name || !panel_read(call->inst, name, number, &status))
		return true;
	/* PREVENT is refused by the drive itself, also with force. */
	if (status.prevented || !*status.barcode)
		return true;
	return guard_reserved(call, number, &status) && guard_used(call, number, &status);
}

/* --- deleting -------------------------------------------------------------------------------------- */

static void reason_append(char *text, size_t size, const char *what)
{
	size_t len = strlen(text);
	snprintf(text + len, size - len, "%s%s", len ? ", " : "", what);
}

/* Writes what would be lost with the cartridge; "" for a blank one. */
static void loss_text(const json_t *view, char *text, size_t size)
{
	char data[64];
	const json_t *usage = json_object_get(view, content_keys.usage);
	json_int_t objects = json_integer_value(json_object_get(usage, usage_keys.objects));
	json_int_t lost = json_integer_value(json_object_get(usage, usage_keys.lost_objects));
	*text = 0;
	if (json_is_true(json_object_get(view, cartridge_keys.write_protected)))
		reason_append(text, size, "is write-protected");
	if (json_is_true(json_object_get(view, cartridge_keys.worm)))
		reason_append(text, size, "is WORM");
	snprintf(data, sizeof data, "holds data (%lld object%s)", objects, objects == 1 ? "" : "s");
	if (!json_is_object(usage))
		reason_append(text, size, "may hold data (its files cannot be read)");
	else if (objects || lost)
		reason_append(text, size, data);
}

/* Whether the wastebasket keeps a cartridge that is deleted now, as text. */
static const char *permanence_text(struct installation *inst)
{
	if (library_wastebasket_keeps(inst))
		return "";
	return library_wastebasket_kept(inst) ? " permanently, because the disk is short of space"
					      : " permanently";
}

bool guard_delete(struct call *call, const json_t *views)
{
	char first[120] = "", barcode[BARCODE_LEN + 1] = "", more[48] = "", text[120];
	size_t i, n = 0;
	json_t *view;
	json_array_foreach((json_t *)views, i, view) {
		loss_text(view, text, sizeof text);
		if (*text && !n++) {
			memcpy(first, text, sizeof first);
			snprintf(barcode, sizeof barcode, "%s",
				json_string_value(json_object_get(view, cartridge_keys.barcode)));
		}
	}
	if (!n)
		return true;
	if (n > 1)
		snprintf(more, sizeof more, " (and %zu more like it)", n - 1);
	if (guard_force(call, "cartridge %s %s%s; use --force to delete %s%s", barcode, first, more,
		    json_array_size(views) == 1 ? "it" : "them", permanence_text(call->inst)))
		return true;
	call->details = json_pack("{s:O}", delete_details_keys.cartridges, views);
	return false;
}
