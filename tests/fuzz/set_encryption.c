/* SPDX-License-Identifier: Apache-2.0 */
/* The parameter list with which a host sets an encryption key. */
#include <string.h>

#include "fuzz.h"
#include "vtl/ssc/keys.h"

static void accepted(const struct key_request *r)
{
	const struct key_params *p = &r->params;
	FUZZ_CHECK(r->scope < N_KEY_SCOPES);
	if (r->scope == SCOPE_PUBLIC)
		return;
	FUZZ_CHECK(p->encryption == ENCRYPTION_OFF || p->encryption == ENCRYPTION_ON);
	FUZZ_CHECK(p->decryption < N_DECRYPTIONS);
	FUZZ_CHECK(p->kad[CART_KAD_PLAIN].len <= KAD_PLAIN_MAX);
	FUZZ_CHECK(p->kad[CART_KAD_AUTHENTICATED].len <= KAD_AUTHENTICATED_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct lu_identity unit = { .vendor = "IBM",
		.product = "ULT3580-TD9",
		.serial = "1234567890" };
	const struct lu_identity *wraps = size % 2 ? &unit : NULL;
	struct key_request request, again;
	struct list_fault fault = { 0 };
	if (set_encryption_parse(wraps, data, size, &request, &fault)) {
		accepted(&request);
		FUZZ_CHECK(set_encryption_parse(wraps, data, size, &again, &fault));
		FUZZ_CHECK(memcmp(&request, &again, sizeof request) == 0);
	} else {
		FUZZ_CHECK(fault.id != SENSE_NONE);
		FUZZ_CHECK(!fault.pointer || (fault.byte < size && fault.bit >= 0 && fault.bit <= 7));
	}
	return 0;
}
