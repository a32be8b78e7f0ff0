/* SPDX-License-Identifier: Apache-2.0 */
/* Lists the personalities. */
#include "admin/rpc/offline.h"
#include "vtl/library/library.h"

static json_t *one(const struct personality *p)
{
	bool drive = p->kind == KIND_DRIVE;
	json_t *o = json_pack("{s:s,s:s,s:s,s:s,s:s,s:o}", "kind", drive ? "drive" : "changer", "name",
		p->name, "vendor", p->vendor, "product", p->product, "revision", p->revision, "generation",
		drive ? json_sprintf("lto%u", p->generation) : json_null());
	if (o && !drive)
		json_object_set_new(o, "first_addresses",
			json_pack("{s:i,s:i,s:i,s:i}", "transport", p->first_transport, "slot", p->first_slot,
				"mailslot", p->first_mailslot, "drive", p->first_drive));
	return o;
}

json_t *personalities_view(void)
{
	const struct personality *p;
	json_t *list = json_array();
	for (size_t i = 0; (p = personality_at(i)); i++)
		json_array_append_new(list, one(p));
	return json_pack("{s:o}", "personalities", list);
}
