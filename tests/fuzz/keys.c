/* SPDX-License-Identifier: Apache-2.0 */
/* Login and text keys (RFC 7143 6): the first byte says phase and room, the rest is the text, said in two halves. */
#include <string.h>

#include "fuzz.h"
#include "vtl/iscsi/keys.h"

static bool is_bool(uint32_t value)
{
	return value <= 1;
}

/* Whatever was said, what is agreed is within what RFC 7143 13 allows. */
static void check(const struct negotiation *n)
{
	const struct params *p = &n->params;
	FUZZ_CHECK(p->header_digest <= DIGEST_CRC32C && p->data_digest <= DIGEST_CRC32C);
	FUZZ_CHECK(p->max_connections == 1 && p->recovery == 0 && p->markers == 0);
	FUZZ_CHECK(is_bool(p->initial_r2t) && is_bool(p->immediate_data));
	FUZZ_CHECK(is_bool(p->data_in_order) && is_bool(p->sequence_in_order));
	FUZZ_CHECK(p->max_send >= 512 && p->max_send < 1 << 24);
	FUZZ_CHECK(p->max_burst >= 512 && p->max_burst < 1 << 24);
	FUZZ_CHECK(p->first_burst >= 512 && p->first_burst < 1 << 24);
	FUZZ_CHECK(p->max_r2t >= 1 && p->max_r2t <= 65535);
	FUZZ_CHECK(p->time2wait <= 3600 && p->time2retain <= 3600);
	FUZZ_CHECK(memchr(n->initiator, 0, sizeof n->initiator) && memchr(n->target, 0, sizeof n->target));
	FUZZ_CHECK(memchr(n->auth, 0, sizeof n->auth) && memchr(n->chap_r, 0, sizeof n->chap_r));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum key_phase phases[] = { PHASE_SECURITY, PHASE_OPERATIONAL,
		PHASE_SECURITY | PHASE_OPERATIONAL, PHASE_FULL };
	struct fuzz f = { data, size };
	uint8_t how = fuzz_byte(&f), out[4096];
	struct negotiation n = { .params = params_default,
		.phase = phases[how & 3],
		.profile = profile_find(how & 4 ? "iqn.1991-05.com.microsoft:a" : "iqn.2026-01.test:a"),
		.max_recv = 262144 };
	size_t room = how & 8 ? 64 : sizeof out, first = how & 16 ? f.left / 2 : f.left;
	struct wire w = wire_over(out, room);
	if (keys_negotiate(&n, f.at, first, &w) == KEYS_OK && first < f.left)
		keys_negotiate(&n, f.at + first, f.left - first, &w);
	check(&n);
	char name[ISCSI_NAME_MAX + 1];
	size_t len = f.left < sizeof name - 1 ? f.left : sizeof name - 1;
	memcpy(name, f.at, len);
	name[len] = '\0';
	if (iscsi_name_fold(name))
		FUZZ_CHECK(*name && strlen(name) <= ISCSI_NAME_MAX);
	return 0;
}
