/* SPDX-License-Identifier: Apache-2.0 */
/* A line of the control protocol, up to the call: JSON, method, parameters, and what the log would say of it. */
#include <string.h>

#include "admin/rpc/method.h"
#include "admin/rpc/rpc_internal.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct call call = { .fd = -1 };
	char text[200];
	if (size > REQUEST_MAX)
		return 0;
	json_t *request = request_read(&call, (const char *)data, size);
	FUZZ_CHECK(request || call.code);
	FUZZ_CHECK(memchr(call.why, 0, sizeof call.why));
	FUZZ_CHECK(!call.code || *call.why);
	if (!call.code) {
		FUZZ_CHECK(call.method && (!call.params || json_is_object(call.params)));
		params_text(call.method, call.params, text, sizeof text);
		for (const char *p = text; *p; p++)
			FUZZ_CHECK((unsigned char)*p >= ' '); /* the log stays one line */
	}
	if (request && call.method)
		params_wipe(call.method, call.params);
	json_decref(request);
	return 0;
}
