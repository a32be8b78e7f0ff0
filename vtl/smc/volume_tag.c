/* SPDX-License-Identifier: Apache-2.0 */
/* SEND VOLUME TAG and REQUEST VOLUME ELEMENT ADDRESS: a search by barcode (SMC-3 6.14, 6.16). */
#include <stdlib.h>
#include <string.h>

#include "vtl/base/bytes.h"
#include "vtl/smc/changer.h"
#include "vtl/smc/element_status.h"

enum { LIST_LEN = 40, TEMPLATE_LEN = 32, MIN_SEQUENCE_AT = 34, MAX_SEQUENCE_AT = 38 };

/* Send action codes: which tags are searched, and whether sequence numbers count. */
static const struct action {
	bool known, alternate_only, sequence;
} actions[0x20] = {
	[0x00] = { .known = true, .sequence = true },
	[0x01] = { .known = true, .sequence = true },
	[0x02] = { .known = true, .sequence = true, .alternate_only = true },
	[0x04] = { .known = true },
	[0x05] = { .known = true },
	[0x06] = { .known = true, .alternate_only = true },
};

/* The last search of a nexus. */
struct search {
	uint8_t action, type;
	uint16_t start;
	bool nothing; /* no tag can match */
	uint8_t len;  /* of the template, without padding */
	char template[TEMPLATE_LEN];
};

/* The search is stored in the flags of the LU's record of the nexus. */
static struct search *search_of(const struct lu_nexus *nexus)
{
	return (struct search *)(uintptr_t)nexus->flags;
}

void volume_tag_forget(struct lu *lu, struct lu_nexus *nexus)
{
	free(search_of(nexus));
	nexus->flags = 0;
}

/* '?' matches one character, '*' any number. */
static bool template_matches(const char *t, size_t t_len, const char *s, size_t s_len)
{
	size_t ti = 0, si = 0, star = SIZE_MAX, tried = 0;

	while (si < s_len) {
		if (ti < t_len && t[ti] == '*') {
			star = ti++;
			tried = si;
		} else if (ti < t_len && (t[ti] == '?' || t[ti] == s[si])) {
			ti++;
			si++;
		} else if (star != SIZE_MAX) {
			ti = star + 1;
			si = ++tried;
		} else {
			return false;
		}
	}
	while (ti < t_len && t[ti] == '*')
		ti++;
	return ti == t_len;
}

static bool type_matches(uint8_t type, const struct element *element)
{
	static const uint8_t by_kind[] = {
		[ELEMENT_TRANSPORT] = TYPE_MT,
		[ELEMENT_SLOT] = TYPE_ST,
		[ELEMENT_MAILSLOT] = TYPE_IE,
		[ELEMENT_DRIVE] = TYPE_DT,
	};
	return type == TYPE_ALL || type == by_kind[element->kind];
}

static bool search_matches(const struct element *element, const void *arg)
{
	const struct search *search = arg;

	if (search->nothing || !element->cartridge || element->address < search->start ||
		!type_matches(search->type, element))
		return false;
	const char *barcode = element->cartridge->label.barcode;
	return template_matches(search->template, search->len, barcode, strlen(barcode));
}

/* Length of the template without its padding of spaces or zeros. */
static uint8_t template_len(const char *template)
{
	uint8_t len = TEMPLATE_LEN;
	while (len && (template[len - 1] == ' ' || template[len - 1] == '\0'))
		len--;
	return len;
}

void smc_send_volume_tag(struct task *task)
{
	uint8_t action = (uint8_t)cdb_field(task, "send_action_code");
	uint8_t type = (uint8_t)cdb_field(task, "element_type");
	uint8_t list[LIST_LEN];

	if (type > TYPE_DT) {
		task_fail_cdb(task, 1, 3);
		return;
	}
	if (!actions[action].known) { /* asserting and replacing tags is not supported */
		task_fail_cdb(task, 5, 4);
		return;
	}
	if (cdb_field(task, "parameter_list_length") != LIST_LEN) {
		task_fail(task, SENSE_PARAMETER_LIST_LENGTH);
		return;
	}
	if (!task_parameter_list(task, list, sizeof list))
		return;

	struct lu_nexus *nexus = lu_nexus_of(task->lu, task->nexus);
	if (!nexus)
		return;
	struct search *search = search_of(nexus) ? search_of(nexus) : calloc(1, sizeof *search);
	if (!search) {
		task_fail(task, SENSE_INSUFFICIENT_RESOURCES);
		return;
	}
	nexus->flags = (uintptr_t)search;
	*search = (struct search){
		.action = action,
		.type = type,
		.start = (uint16_t)cdb_field(task, "starting_element"),
		/* All tags are primary and have sequence number 0. */
		.nothing = actions[action].alternate_only ||
			(actions[action].sequence && get_be16(list + MIN_SEQUENCE_AT) > 0),
	};
	memcpy(search->template, list, TEMPLATE_LEN);
	search->len = template_len(search->template);
}

void smc_request_volume_element_address(struct task *task)
{
	const struct lu_nexus *nexus = lu_nexus_of(task->lu, task->nexus);
	const struct search *search = nexus ? search_of(nexus) : NULL;

	if (!search) {
		task_fail(task, SENSE_COMMAND_SEQUENCE);
		return;
	}
	struct status_query query = {
		.type = (uint8_t)cdb_field(task, "element_type"),
		.start = (uint16_t)cdb_field(task, "starting_element"),
		.max = (uint16_t)cdb_field(task, "number_of_elements"),
		.voltag = cdb_field(task, "voltag"),
		.action = search->action,
		.match = search_matches,
		.arg = search,
	};
	if (query.type > TYPE_DT) {
		task_fail_cdb(task, 1, 3);
		return;
	}
	element_status_reply(task, &query, (uint32_t)cdb_field(task, "allocation_length"));
}
