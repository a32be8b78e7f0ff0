/* SPDX-License-Identifier: Apache-2.0 */
/* A fuzz target: one function that takes any bytes.  libFuzzer calls it, or driver.c over the seeds. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "vtl/base/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a target expects of the code: a finding when it is not so, in every build. */
#define FUZZ_CHECK(condition)             \
	do {                              \
		if (!(condition))         \
			__builtin_trap(); \
	} while (0)

/* Only errors, or what FUZZ_LOG asks for, as in FUZZ_LOG=scsi=trace. */
static inline void fuzz_quiet(void)
{
	const char *levels = getenv("FUZZ_LOG");
	char why[200];
	log_set_level(LOG_ERROR);
	if (levels)
		log_levels_set(levels, true, why, sizeof why);
}

/* The input as a stream; zeros behind its end. */
struct fuzz {
	const uint8_t *at;
	size_t left;
};

static inline uint8_t fuzz_byte(struct fuzz *f)
{
	if (!f->left)
		return 0;
	f->left--;
	return *f->at++;
}

/* At most len bytes, zeros behind them. */
static inline void fuzz_bytes(struct fuzz *f, uint8_t *out, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = fuzz_byte(f);
}
