/* SPDX-License-Identifier: Apache-2.0 */
/* Comparison of sequence numbers that wrap: serial arithmetic of RFC 1982 over 32 bits. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

static inline bool serial_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

/* first <= n <= last, modulo 2^32. */
static inline bool serial_within(uint32_t n, uint32_t first, uint32_t last)
{
	return !serial_before(n, first) && !serial_before(last, n);
}
