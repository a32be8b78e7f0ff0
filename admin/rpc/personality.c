/* SPDX-License-Identifier: Apache-2.0 */
/* Lists the personalities of new devices. */
#include "admin/rpc/offline.h"
#include "admin/view/keys.h"
#include "vtl/library/library.h"

/* clang-format off */
#include "admin/view/build.h"
#include "admin/view/personality.def"
#include "admin/view/end.h"
/* clang-format on */

json_t *personalities_view(void)
{
	const struct personality *p;
	json_t *list = json_array();
	for (size_t i = 0; (p = personality_at(i)); i++)
		if (!p->instead)
			json_array_append_new(list, personality_put(json_object(), p));
	return json_pack("{s:o}", personalities_keys.personalities, list);
}
